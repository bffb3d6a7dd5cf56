// spectradb_help shows what can be used, from the help of all facets: as a table a row for each thing, and
// as a function the page about one.
#include "extension/facet/facet.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facet/edit_distance.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension {

namespace {

constexpr const char* kHelpFunction = "spectradb_help";

const char* spelled_kind(Help::Kind kind) {
  constexpr std::array kNames = {"statement", "clause",    "table option", "hidden column",
                                 "function",  "aggregate", "table"};
  return kNames[static_cast<size_t>(kind)];
}

// Returns the help by kind, then in the order of the facets.
const std::vector<const Help*>& all_help() {
  static const std::vector<const Help*> all = [] {
    std::vector<const Help*> entries;
    for (const Facet* facet : facets()) {
      for (const Help& help : facet->help) entries.push_back(&help);
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Help* a, const Help* b) { return a->kind < b->kind; });
    return entries;
  }();
  return all;
}

// Returns the words in lower case with one blank between them: "AS  OF;" gives "as of".
std::string words_of(std::string_view name) {
  std::string words;
  bool is_apart = false;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      is_apart = true;
      continue;
    }
    if (is_apart && !words.empty()) words += ' ';
    is_apart = false;
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

// Returns the same without the prefix of the extension's names: "spectradb_as_of()" gives "as of", too.
std::string plain(std::string_view name) {
  constexpr std::string_view kPrefix = "spectradb ";
  std::string words = words_of(name);
  if (words.size() > kPrefix.size() && words.starts_with(kPrefix)) words.erase(0, kPrefix.size());
  return words;
}

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? std::string_view() : text;
}

std::vector<const Help*> entries_that(const auto& condition) {
  std::vector<const Help*> found;
  std::copy_if(all_help().begin(), all_help().end(), std::back_inserter(found),
               [&](const Help* help) { return condition(*help); });
  return found;
}

std::vector<const Help*> entries_named(std::string_view name) {
  const std::string words = words_of(name);
  std::vector<const Help*> found =
      entries_that([&](const Help& help) { return words_of(help.name) == words; });
  if (!found.empty()) return found;
  const std::string wanted = plain(name);
  return entries_that([&](const Help& help) { return plain(help.name) == wanted; });
}

// Says whether the name, or one of its words, differs from `wanted` by at most `most` letters.
bool is_misspelled(std::string_view name, std::string_view wanted, size_t most) {
  if (edit_distance(name, wanted) <= most) return true;
  while (!name.empty()) {
    const size_t end = std::min(name.find(' '), name.size());
    if (edit_distance(name.substr(0, end), wanted) <= most) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

// Says whether each of the words stands in the page, or in the name of its facet: "time series".
bool has_words(const Help& help, std::string_view words) {
  std::string page = plain(help.usage) + ' ' + plain(help.summary);
  for (const Facet* facet : facets())
    if (std::any_of(facet->help.begin(), facet->help.end(), [&](const Help& each) { return &each == &help; }))
      page += ' ' + words_of(facet->name);
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (page.find(words.substr(0, end)) == std::string::npos) return false;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return true;
}

// Suggests what somebody may have meant: misspelled names, then names that contain the words, then pages
// that do, together or apart.
std::vector<const Help*> entries_near(std::string_view name) {
  constexpr size_t kLongestName = 40;  // longer texts are no misspelled names
  constexpr size_t kLettersOfError = 3;
  constexpr size_t kMostNames = 12;
  const std::string wanted = plain(name);
  if (wanted.empty()) return {};
  std::vector<const Help*> found;
  const auto add = [&](const auto& condition) {
    for (const Help* help : entries_that(condition)) {
      const bool is_new = std::find(found.begin(), found.end(), help) == found.end();
      if (is_new && found.size() < kMostNames) found.push_back(help);
    }
  };
  if (wanted.size() <= kLongestName) {
    const size_t most = wanted.size() / kLettersOfError;
    add([&](const Help& help) { return is_misspelled(plain(help.name), wanted, most); });
  }
  add([&](const Help& help) { return plain(help.name).find(wanted) != std::string::npos; });
  add([&](const Help& help) {
    return plain(help.usage).find(wanted) != std::string::npos ||
           plain(help.summary).find(wanted) != std::string::npos;
  });
  add([&](const Help& help) { return has_words(help, wanted); });
  return found;
}

std::string page_of(const Help& help) {
  return std::string(help.name) + " (" + spelled_kind(help.kind) + ")\n\n  " + help.usage + "\n\n" +
         help.summary + "\n\nExample:\n\n  " + help.example;
}

std::string page_about(std::string_view name) {
  std::string page;
  for (const Help* help : entries_named(name)) page += (page.empty() ? "" : "\n\n") + page_of(*help);
  if (!page.empty()) return page;
  const std::string quoted_name(name.substr(0, 60));
  const std::vector<const Help*> near = entries_near(name);
  if (near.empty())
    return "There is no page about '" + quoted_name +
           "'. SELECT name, kind, summary FROM spectradb_help lists all.";
  page = "There is no page about '" + quoted_name + "'. Near it are:";
  std::string_view last;
  for (const Help* help : near) {
    if (last != help->name) page += "\n  " + std::string(help->name);
    last = help->name;
  }
  return page;
}

// Returns a line for each thing.
std::string contents() {
  std::string text = "SELECT spectradb_help('NAME') shows the page about one of these.";
  const Help* last = nullptr;
  for (const Help* help : all_help()) {
    if (last == nullptr || last->kind != help->kind)
      text += std::string("\n\n") + spelled_kind(help->kind) + ":";
    text += "\n  " + std::string(help->name);
    last = help;
  }
  return text;
}

// spectradb_help([name]) returns the page.
Status help(const FunctionCall& call) {
  const bool has_name = call.count > 0 && sqlite3_value_type(call.arguments[0]) != SQLITE_NULL;
  const std::string text = has_name ? page_about(text_of(call.arguments[0])) : contents();
  sqlite3_result_text64(call.context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

enum HelpColumn : int { kHelpName, kHelpKind, kUsage, kSummary, kExample, kAboutArgument };
constexpr int kHelpArguments = 1;

constexpr const char* kHelpDeclaration =
    "CREATE TABLE x(name TEXT COLLATE NOCASE, kind TEXT, usage TEXT, summary TEXT, example TEXT, about "
    "HIDDEN, "
    "PRIMARY KEY (name, kind)) WITHOUT ROWID";

constexpr double kHelpCost = 100;
constexpr int64_t kHelpRows = 100;

class HelpCursor final : public FunctionCursor {
 public:
  Status filter(const FunctionArguments& arguments) override {
    at_ = 0;
    sqlite3_value* name = arguments.argument(0);
    entries_ = name == nullptr ? all_help() : entries_named(text_of(name));
    return Status::ok();
  }

  Status next() override {
    ++at_;
    return Status::ok();
  }

  bool at_end() const override { return at_ >= entries_.size(); }

  Status column(sqlite3_context* context, int index) override {
    const Help& help = *entries_[at_];
    const std::array texts = {help.name, spelled_kind(help.kind), help.usage, help.summary, help.example};
    sqlite3_result_text(context, texts[static_cast<size_t>(index)], -1, SQLITE_STATIC);
    return Status::ok();
  }

 private:
  std::vector<const Help*> entries_;
  size_t at_ = 0;
};

constexpr TableFunction kHelpTable = {
    kHelpFunction,
    kHelpDeclaration,
    kAboutArgument,
    kHelpArguments,
    [](FunctionPlanner& planner) { planner.answer(kHelpCost, kHelpRows, 0); },
    [](Connection&) -> std::unique_ptr<FunctionCursor> { return std::make_unique<HelpCursor>(); }};

constexpr Function kHelpFunctions[] = {{kHelpFunction, 0, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, help},
                                       {kHelpFunction, 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, help}};

constexpr const TableFunction* kHelpTables[] = {&kHelpTable};

constexpr Help kHelpHelp[] = {
    {kHelpFunction, Help::Kind::kFunction, "spectradb_help([name])",
     "The page about a function, table, clause, statement or option; without a name, the names of all.",
     "SELECT spectradb_help('as of');"},
    {kHelpFunction, Help::Kind::kTable, "spectradb_help([name])",
     "All that there is to use, a row for each: name, kind, usage, summary and an example that can be run.",
     "SELECT name, usage FROM spectradb_help WHERE kind = 'clause';"},
};

}  // namespace

const Facet& facet_help() {
  static constexpr Facet kFacet{
      .name = "help", .functions = kHelpFunctions, .table_functions = kHelpTables, .help = kHelpHelp};
  return kFacet;
}

}  // namespace spectradb::extension
