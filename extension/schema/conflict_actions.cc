#include "extension/schema/conflict_actions.h"

#include <algorithm>

#include "extension/host/api.h"
#include "extension/schema/column_names.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

namespace {

using temporal::TableSchema;

struct NamedAction {
  const char* word;
  ConflictAction action;
};
constexpr NamedAction kActions[] = {{"ABORT", ConflictAction::kAbort},
                                    {"ROLLBACK", ConflictAction::kRollback},
                                    {"FAIL", ConflictAction::kFail},
                                    {"IGNORE", ConflictAction::kIgnore},
                                    {"REPLACE", ConflictAction::kReplace}};

// Reads one definition: a column with its constraints, or constraints of the table, which need no comma
// between them.
class DefinitionReader {
 public:
  DefinitionReader(const std::string& text, const TableSchema& schema, ConflictActions& actions)
      : reader_(text, sql::tokenize(text)), schema_(schema), actions_(actions) {}

  void read() {
    static constexpr std::string_view kOfTable[] = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"};
    if (!reader_.is_any_word(0, kOfTable) && reader_.is_name(0))
      column_ = column_named(schema_, reader_.name(0));
    for (size_t i = column_ < 0 ? 0 : 1; i < reader_.size();) i = read_word(i);
  }

 private:
  enum class Constraint : uint8_t { kNone, kKey, kUnique, kNotNull };

  size_t read_word(size_t i) {
    if (reader_.is_operator(i, "(")) return reader_.behind_parenthesis(i, reader_.size());
    if (reader_.is_words(i, "ON", "CONFLICT")) {
      apply(i + 2);
      return i + 3;
    }
    if (reader_.is_word(i, "CONSTRAINT")) return i + 2;  // skips its name
    if (reader_.is_words(i, "PRIMARY", "KEY")) {
      constraint_ = Constraint::kKey;
      return i + 2;
    }
    if (reader_.is_words(i, "NOT", "NULL")) {
      constraint_ = Constraint::kNotNull;
      return i + 2;
    }
    if (reader_.is_word(i, "UNIQUE")) {
      constraint_ = Constraint::kUnique;
      columns_ = columns_of(i + 1);
      return i + 1;
    }
    if (reader_.is_word(i, "CHECK") || reader_.is_word(i, "REFERENCES") || reader_.is_word(i, "FOREIGN"))
      constraint_ = Constraint::kNone;
    return i + 1;
  }

  std::vector<int> columns_of(size_t i) const {
    if (column_ >= 0) return {column_};
    std::vector<int> columns;
    if (!reader_.is_operator(i, "(")) return columns;
    const size_t end = reader_.behind_parenthesis(i, reader_.size());
    for (size_t at = i + 1; at < end; ++at) {
      const bool begins = at == i + 1 || reader_.is_operator(at - 1, ",");
      if (begins && reader_.is_name(at)) columns.push_back(column_named(schema_, reader_.name(at)));
    }
    return columns;
  }

  void apply(size_t word) {
    const auto said = std::find_if(std::begin(kActions), std::end(kActions),
                                   [&](const NamedAction& each) { return reader_.is_word(word, each.word); });
    if (said == std::end(kActions)) return;  // SQLite does not read it either
    if (constraint_ == Constraint::kKey) actions_.key = said->action;
    if (constraint_ == Constraint::kUnique) actions_.unique.push_back({columns_, said->action});
    if (constraint_ == Constraint::kNotNull && column_ >= 0)
      actions_.not_null[static_cast<size_t>(column_)] = said->action;
    constraint_ = Constraint::kNone;
  }

  const sql::Reader reader_;
  const TableSchema& schema_;
  ConflictActions& actions_;
  int column_ = -1;  // the column that is being defined
  Constraint constraint_ = Constraint::kNone;
  std::vector<int> columns_;  // columns of the current UNIQUE constraint
};

}  // namespace

const char* conflict_word(ConflictAction action) {
  return std::find_if(std::begin(kActions), std::end(kActions),
                      [action](const NamedAction& each) { return each.action == action; })
      ->word;
}

bool ConflictActions::are_usual() const {
  const auto is_usual = [](ConflictAction action) { return action == ConflictAction::kAbort; };
  return is_usual(key) && std::all_of(not_null.begin(), not_null.end(), is_usual) &&
         std::all_of(unique.begin(), unique.end(), [&](const Unique& one) { return is_usual(one.action); });
}

Result<std::optional<ConflictAction>> ConflictActions::of_statement() const {
  std::vector<ConflictAction> all = not_null;
  all.push_back(key);
  for (const Unique& one : unique) all.push_back(one.action);
  std::optional<ConflictAction> found;
  for (const ConflictAction action : all) {
    if (action == ConflictAction::kAbort || action == ConflictAction::kReplace) continue;
    if (found && *found != action)
      return Status::invalid(std::string("ON CONFLICT ") + conflict_word(*found) + " and ON CONFLICT " +
                             conflict_word(action) +
                             " in one definition are not available on temporal tables: leave one of them to "
                             "the statements, INSERT OR " +
                             conflict_word(action));
    found = action;
  }
  return found;
}

ConflictAction ConflictActions::of_unique(const std::vector<int>& columns) const {
  for (const Unique& one : unique)
    if (one.columns == columns) return one.action;
  return ConflictAction::kAbort;
}

ConflictActions read_conflict_actions(const std::vector<std::string>& definitions,
                                      const TableSchema& schema) {
  ConflictActions actions;
  actions.not_null.resize(schema.columns.size(), ConflictAction::kAbort);
  for (const std::string& text : definitions) {
    if (sqlite3_strlike("%conflict%", text.c_str(), 0) == 0) DefinitionReader(text, schema, actions).read();
  }
  return actions;
}

}  // namespace spectradb::extension
