// A facet made by the recipes of CONTRIBUTING.md: a table-valued function, and a kind of index with the
// condition that it finds rows for.
//
//   SELECT word FROM spectradb_words('the quick fox');
//   CREATE INDEX by_word ON notes (words(body));
//   SELECT * FROM notes WHERE spectradb_has_word(body, 'fox');
#include "extension/facet/facet.h"

#include <algorithm>
#include <set>

#include "extension/functions/table_function.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

std::set<std::string_view> words_in(const Value& value) {
  std::set<std::string_view> words;
  if (value.type != Value::Type::kText) return words;
  std::string_view rest = value.bytes;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) words.insert(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

// ---- the function

Status has_word(const FunctionCall& call) {
  const Value word = from_sqlite(call.arguments[1]);
  const std::set<std::string_view> words = words_in(from_sqlite(call.arguments[0]));
  sqlite3_result_int(call.context, word.type == Value::Type::kText && words.count(word.bytes) > 0 ? 1 : 0);
  return Status::ok();
}

constexpr Function kWordFunctions[] = {
    {"spectradb_has_word", 2, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, has_word}};

// ---- the table-valued function

enum WordColumn : int { kWordText, kPlaceOfWord, kTextOfWords };

class WordCursor final : public GatheredCursor<std::string> {
 public:
  Status filter(const FunctionArguments& arguments) override {
    start_over();
    keep_arguments(arguments, 1);
    for (const std::string_view word : words_in(arguments.value(0))) rows().emplace_back(word);
    return Status::ok();
  }
  Status column(sqlite3_context* context, int index) override {
    if (index >= kTextOfWords) return give_argument(context, index - kTextOfWords);
    if (index == kWordText) give(context, Value::text(current()));
    if (index == kPlaceOfWord) sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
    return Status::ok();
  }
};

constexpr TableFunction kWordsTable{
    "spectradb_words",
    "CREATE TABLE x(word TEXT, place INTEGER PRIMARY KEY, text HIDDEN) WITHOUT ROWID",
    kTextOfWords,
    1,
    [](FunctionPlanner& planner) { planner.answer(10, 10, 0); },
    [](Connection&) -> std::unique_ptr<FunctionCursor> { return std::make_unique<WordCursor>(); }};
constexpr const TableFunction* kWordTables[] = {&kWordsTable};

// ---- the kind of index

class WordMaker final : public temporal::EntryMaker {
 public:
  const std::vector<temporal::IndexPart>& parts() const override { return parts_; }
  Status make(temporal::EntrySpace* /*space*/, std::span<const Value> values,
              std::vector<temporal::IndexEntry>* entries) override {
    for (const std::string_view word : words_in(values.front())) {
      temporal::IndexEntry entry;
      temporal::append_index_part(entry.key, Value::text(word), parts_.front());
      entries->push_back(std::move(entry));
    }
    return Status::ok();
  }

 private:
  const std::vector<temporal::IndexPart> parts_{{temporal::IndexPart::kNoColumn}};
};

Result<std::shared_ptr<temporal::EntryMaker>> make_word_maker(const IndexKind::Definition&) {
  return std::shared_ptr<temporal::EntryMaker>(std::make_shared<WordMaker>());
}

Result<std::string> expression_of_words(std::span<const std::string> arguments) {
  if (arguments.size() == 1) return arguments[0];
  return Status::invalid("words() in CREATE INDEX takes a text: words(body)");
}

constexpr IndexKind kWordKind{"words", &kWordFunctions[0], make_word_maker, expression_of_words};
constexpr const IndexKind* kWordKinds[] = {&kWordKind};

constexpr Help kWordHelp[] = {
    {"spectradb_words", Help::Kind::kTable, "spectradb_words(text)", "Shows the words of a text, each once.",
     "SELECT word FROM spectradb_words('the quick fox');"},
    {"spectradb_has_word", Help::Kind::kFunction, "spectradb_has_word(text, word)",
     "Tells whether the text has the word.", "SELECT spectradb_has_word('the quick fox', 'fox');"}};

}  // namespace

const Facet& facet_words() {
  static constexpr Facet kFacet{.name = "words",
                                .functions = kWordFunctions,
                                .table_functions = kWordTables,
                                .help = kWordHelp,
                                .index_kinds = kWordKinds};
  return kFacet;
}

}  // namespace spectradb::extension
