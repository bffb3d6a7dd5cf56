#include "extension/facets/search/question.h"

#include <algorithm>
#include <vector>

#include "extension/facets/text/text_index.h"

namespace spectradb::extension {

namespace {

// Ascending.
constexpr std::string_view kTyingWords[] = {
    "a",    "about", "an",  "and",  "are",  "as",   "at",    "be",    "been", "by",  "could", "did",
    "do",   "does",  "for", "from", "had",  "has",  "have",  "he",    "her",  "his", "how",   "in",
    "is",   "it",    "of",  "on",   "or",   "s",    "she",   "t",     "that", "the", "their", "they",
    "this", "to",    "was", "were", "what", "when", "where", "which", "who",  "why", "with",  "would"};

bool is_blank_of_question(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0'; }

bool is_letter_or_beyond(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Returns whether a word is a tying one, in any case.
bool is_tying(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return std::binary_search(std::begin(kTyingWords), std::end(kTyingWords), lower);
}

// Returns the stretches of a text between characters that `ends` takes.
template <typename Ends>
std::vector<std::string_view> words_between(std::string_view text, const Ends& ends) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    while (at < text.size() && !ends(text[at])) ++at;
    if (at > begin) words.push_back(text.substr(begin, at - begin));
    ++at;
  }
  return words;
}

bool is_english(const temporal::IndexSchema& index) {
  const auto* const entries = dynamic_cast<const TextEntries*>(index.maker.get());
  return entries != nullptr && entries->options().tokenizer.starts_with("porter");
}

std::string any_word(const std::vector<std::string_view>& words) {
  std::string query;
  for (const std::string_view word : words) {
    query += query.empty() ? "\"" : " OR \"";
    for (const char c : word) query += c == '"' ? "\"\"" : std::string(1, c);
    query += '"';
  }
  return query.empty() ? "\"\"" : query;
}

}  // namespace

std::vector<std::string> queries_of_question(std::string_view text, const temporal::IndexSchema& index) {
  std::vector<std::string> queries{any_word(words_between(text, is_blank_of_question))};
  if (!is_english(index)) return queries;
  // Ann's becomes two words, so that it finds Ann, too.
  std::vector<std::string_view> words = words_between(text, [](char c) { return !is_letter_or_beyond(c); });
  std::erase_if(words, is_tying);
  const std::string leading = any_word(words);
  if (!words.empty() && leading != queries.front()) queries.insert(queries.begin(), leading);
  return queries;
}

}  // namespace spectradb::extension
