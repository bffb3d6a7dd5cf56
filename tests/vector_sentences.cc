// Searches an index on vectors of real text: 2,000 sentences of our own documentation, as vectors of the words in them.
// Of the ten nearest that an exact search gives, at least 95 of 100 must be found, at the present and AS OF six commits
// since the index was made, while rows come, change and go and lists are split. What was found AS OF a commit must be
// found again once everything is compacted.
//
//   vector_sentences --extension=PATH --docs=FOLDER
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/database.h"
#include "tests/vector_text.h"

namespace spectradb::tests {
namespace {

constexpr size_t kSentences = 2000;
constexpr size_t kDimensions = 128;
constexpr size_t kCommits = 20;
constexpr size_t kLeastLength = 40;
constexpr size_t kQueries = 40;
constexpr size_t kWanted = 10;
constexpr int kOfHundred = 95;

std::vector<std::string> sentences_of(const std::string& folder) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".md") files.insert(entry.path());
  }
  std::vector<std::string> sentences;
  std::set<std::string> known;
  for (const auto& file : files) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    std::string sentence;
    for (const char c : text.str()) {
      if (c != '.' && c != '|' && c != '\n') {
        sentence += c;
        continue;
      }
      if (sentence.size() >= kLeastLength && known.insert(sentence).second) sentences.push_back(sentence);
      sentence.clear();
    }
  }
  if (sentences.size() < kSentences) fail("the documentation has too few sentences");
  // Takes them from all pages alike.
  std::vector<std::string> taken;
  for (size_t i = 0; i < kSentences; ++i) taken.push_back(sentences[i * sentences.size() / kSentences]);
  return taken;
}

std::vector<std::string> words_of(const std::string& sentence) {
  std::vector<std::string> words(1);
  for (const char c : sentence) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Each word has a vector of signs, by a hash of it; a sentence has the sum of those, of rare words more.
std::vector<std::vector<float>> vectors_of(const std::vector<std::string>& sentences) {
  std::map<std::string, int> counts;
  for (const std::string& sentence : sentences) {
    for (const std::string& word : words_of(sentence)) ++counts[word];
  }
  std::vector<std::vector<float>> vectors;
  for (const std::string& sentence : sentences) {
    std::vector<float> vector(kDimensions);
    for (const std::string& word : words_of(sentence)) {
      uint64_t random = 14695981039346656037U;
      for (const char c : word) random = (random ^ static_cast<unsigned char>(c)) * 1099511628211U;
      const auto weight = static_cast<float>(1 / std::sqrt(counts[word]));
      for (float& element : vector) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        element += (random >> 63) != 0 ? weight : -weight;
      }
    }
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

class Sentences {
 public:
  Sentences(const std::string& extension, const std::string& docs)
      : vectors_(vectors_of(sentences_of(docs))),
        database_((folder_.path() / "sentences.db").string(), extension) {
    if (!database_.open_outcome().is_ok()) fail(database_.open_outcome().message);
    database_.must("CREATE TABLE emb (id INTEGER PRIMARY KEY, e VECTOR(" + std::to_string(kDimensions) +
                   ")) WITH SYSTEM VERSIONING");
  }

  void run() {
    constexpr size_t kRows = kSentences / kCommits;
    for (size_t commit = 0; commit < kCommits; ++commit) {
      if (commit == kCommits / 2) {
        database_.must("CREATE VECTOR INDEX emb_e ON emb (e) WITH (list_size = 60)");
        note();
      }
      std::string rows;
      for (size_t i = commit * kRows; i < (commit + 1) * kRows; ++i)
        rows += (rows.empty() ? "(" : ", (") + std::to_string(i) + ", " + value(i) + ")";
      database_.must("INSERT INTO emb VALUES " + rows);
      if (commit % 3 == 2) {
        for (size_t i = commit; i < commit * kRows; i += 17)
          database_.must("UPDATE emb SET e = " + value((i * 31 + commit) % kSentences) +
                         " WHERE id = " + std::to_string(i));
        database_.must("DELETE FROM emb WHERE id % 29 = " + std::to_string(commit));
      }
      if (commit >= kCommits / 2 && commit % 2 == 1) note();
    }
    compare("");
    std::vector<std::string> answers;
    for (const int64_t commit : commits_) answers.push_back(compare(" AS OF " + std::to_string(commit)));
    database_.must("SELECT spectradb_compact()");
    for (size_t i = 0; i < commits_.size(); ++i) {
      if (compare(" AS OF " + std::to_string(commits_[i])) != answers[i])
        fail("AS OF " + std::to_string(commits_[i]) + " others are found once all is compacted");
    }
  }

 private:
  std::string value(size_t sentence) const {
    return "spectradb_vector(" + json_of(vectors_[sentence], 6) + ")";
  }
  void note() { commits_.push_back(database_.integer("SELECT spectradb_commit()")); }

  // Returns what was found, and fails where that is too little.
  std::string compare(const std::string& at) {
    size_t found = 0;
    size_t possible = 0;
    std::string answers;
    for (size_t i = 0; i < kQueries; ++i) {
      std::vector<float> query = vectors_[i * kSentences / kQueries];
      const std::vector<float>& other = vectors_[(i * kSentences / kQueries + 1) % kSentences];
      for (size_t element = 0; element < kDimensions; ++element) query[element] += other[element] / 2;
      const std::string from = " FROM emb" + at + " WHERE e MATCH " + json_of(query, 6);
      const std::string end = " ORDER BY _distance LIMIT " + std::to_string(kWanted);
      const std::string plan = describe(database_.must("EXPLAIN QUERY PLAN SELECT id" + from + end).rows);
      if (plan.find("emb_e approximate") == std::string::npos) fail("the index is not searched: " + plan);
      const std::vector<Row> near = database_.must("SELECT id" + from + end).rows;
      const std::vector<Row> nearest =
          database_.must("SELECT id" + from + " AND _effort = 'exact'" + end).rows;
      if (near.size() != kWanted || nearest.size() != kWanted) fail("a search gives too few rows" + at);
      for (const Row& row : nearest) found += std::count(near.begin(), near.end(), row) > 0 ? 1U : 0U;
      possible += nearest.size();
      answers += describe(near);
    }
    std::printf("%zu of %zu nearest sentences found%s\n", found, possible, at.c_str());
    if (found * 100 < possible * kOfHundred) fail("too few of the nearest are found" + at);
    return answers;
  }

  const std::vector<std::vector<float>> vectors_;
  TemporaryDirectory folder_;
  Database database_;
  std::vector<int64_t> commits_;  // to be searched AS OF
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  choose_mode(Mode::kHook);
  Sentences(argument(argc, argv, "extension", ""), argument(argc, argv, "docs", "docs")).run();
}
