#include "extension/front/hints.h"

#include <algorithm>

#include "extension/facet/edit_distance.h"
#include "extension/facet/facet.h"
#include "extension/table/sql_catalog.h"
#include "sql/statements/foreign_forms.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

// Columns that every document table has, or every temporal one.
bool is_temporal_column(std::string_view name) {
  static constexpr std::string_view kNames[] = {"doc",        "_valid_from", "_valid_to", "_system_from",
                                                "_system_to", "_as_of",      "_valid_at", "_committed_at"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view known) { return sql::equals_word(name, known); });
}

// Whether the message says that a table lacks such a column, or has fewer columns than a row has values.
bool lacks_column(std::string_view message) {
  static constexpr std::string_view kNoColumn = "no such column: ";
  static constexpr std::string_view kNotNamed = " has no column named ";
  if (message.starts_with(kNoColumn)) {
    message.remove_prefix(kNoColumn.size());
    return is_temporal_column(message.substr(message.rfind('.') + 1));
  }
  if (!message.starts_with("table ")) return false;
  const size_t named = message.rfind(kNotNamed);
  if (named != std::string_view::npos) return is_temporal_column(message.substr(named + kNotNamed.size()));
  return message.find(" has 1 columns but ") != std::string_view::npos;
}

// Names of periods' ends without what the hidden columns have before them, or of other systems.
std::string_view hidden_column(std::string_view name) {
  struct Name {
    std::string_view given;
    std::string_view hidden;
  };
  static constexpr Name kNames[] = {
      {"valid_from", "_valid_from"},    {"valid_to", "_valid_to"},        {"valid_until", "_valid_to"},
      {"system_from", "_system_from"},  {"system_to", "_system_to"},      {"committed_at", "_committed_at"},
      {"sys_start", "_system_from"},    {"sys_end", "_system_to"},        {"row_start", "_system_from"},
      {"row_end", "_system_to"},        {"sysstarttime", "_system_from"}, {"sysendtime", "_system_to"},
      {"commit_no", "_system_from"},    {"_valid_form", "_valid_from"},   {"_valid_until", "_valid_to"},
      {"_commited_at", "_committed_at"}};
  for (const Name& each : kNames)
    if (sql::equals_word(name, each.given)) return each.hidden;
  return {};
}

// Returns what is said in help of the thing of this name, and of one of these kinds; null for none.
const Help* find_help(std::string_view name, std::initializer_list<Help::Kind> kinds) {
  for (const Facet* facet : facets())
    for (const Help& help : facet->help)
      if (sql::equals_word(name, help.name) &&
          std::find(kinds.begin(), kinds.end(), help.kind) != kinds.end())
        return &help;
  return nullptr;
}

// Whether a message is this one about a name, which it returns.
std::optional<std::string_view> name_after(std::string_view message, std::string_view beginning) {
  if (!message.starts_with(beginning)) return std::nullopt;
  return message.substr(beginning.size());
}

// Returns the column that the message knows nothing of; empty where it says something else.
std::string_view unknown_column(std::string_view message) {
  constexpr std::string_view kNotNamed = " has no column named ";
  const size_t named = message.starts_with("table ") ? message.rfind(kNotNamed) : std::string_view::npos;
  if (named != std::string_view::npos) return message.substr(named + kNotNamed.size());
  const auto name = name_after(message, "no such column: ");
  return name ? name->substr(name->rfind('.') + 1) : std::string_view();
}

// Functions of other systems, and ours that do it.
struct ForeignFunction {
  std::string_view name;
  const char* ours;
};
constexpr ForeignFunction kForeignFunctions[] = {
    {"bm25", "spectradb_bm25"},
    {"cosine_distance", "spectradb_distance_cosine"},
    {"date_bin", "spectradb_bucket"},
    {"date_trunc", "spectradb_bucket"},
    {"generate_series", "spectradb_series"},
    {"highlight", "spectradb_highlight"},
    {"inner_product", "spectradb_distance_dot"},
    {"l2_distance", "spectradb_distance_l2"},
    {"locf", "spectradb_series"},
    {"snippet", "spectradb_snippet"},
    {"spectradb_rollback", "spectradb_revert"},
    {"spectradb_time_bucket", "spectradb_bucket"},
    {"spectradb_undo", "spectradb_revert"},
    {"time_bucket", "spectradb_bucket"},
    {"time_bucket_gapfill", "spectradb_series"},
    {"time_weight", "spectradb_twa"},
    {"ts_headline", "spectradb_highlight"},
    {"ts_rank", "spectradb_bm25"},
    {"vec_distance_cosine", "spectradb_distance_cosine"},
    {"vec_distance_l2", "spectradb_distance_l2"},
    {"vec_f32", "spectradb_vector"},
};

const Help* find_help(std::string_view name) {
  const Help* const function = find_help(name, {Help::Kind::kFunction, Help::Kind::kAggregate});
  return function != nullptr ? function : find_help(name, {Help::Kind::kTable});
}

const Help* ours_for(std::string_view name) {
  for (const ForeignFunction& foreign : kForeignFunctions)
    if (sql::equals_word(name, foreign.name)) return find_help(foreign.ours);
  return nullptr;
}

constexpr std::string_view kOurPrefix = "spectradb_";

// Returns what has the name that is nearest to one that begins as ours do; null where none is near.
const Help* nearest(std::string_view name) {
  constexpr size_t kLongestName = 60;
  constexpr size_t kLettersOfError = 3;  // one of so many may be wrong
  const Help* found = nullptr;
  if (name.size() > kLongestName) return found;
  const std::string wanted = sql::lowered(name);
  size_t least = (wanted.size() - kOurPrefix.size()) / kLettersOfError + 1;
  for (const Facet* facet : facets()) {
    for (const Help& help : facet->help) {
      const size_t letters = edit_distance(wanted, help.name);
      if (letters >= least) continue;
      least = letters;
      found = &help;
    }
  }
  return found;
}

// Explains names that nothing has: of other systems, or nearly ours.
std::string unknown_name(std::string_view name) {
  if (const Help* const ours = ours_for(name); ours != nullptr)
    return std::string(": here it is ") + ours->usage + ", of which SELECT spectradb_help('" + ours->name +
           "') tells";
  if (name.size() < kOurPrefix.size() || !sql::equals_word(name.substr(0, kOurPrefix.size()), kOurPrefix))
    return {};
  if (const Help* const near = nearest(name); near != nullptr)
    return std::string(": did you mean ") + near->usage + "?";
  return ": SELECT name, summary FROM spectradb_help lists what there is";
}

// Our functions take the name of a table as text.
std::string table_without_quotes(std::string_view text, std::string_view column) {
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  for (size_t i = 0; i + 2 < reader.size(); ++i) {
    if (!reader.is_operator(i + 1, "(") || !reader.is_name(i + 2) || !reader.is_name(i) ||
        !sql::equals_word(reader.name(i + 2), column) || find_help(reader.name(i)) == nullptr)
      continue;
    return ": where it names a table, it is a text: " + reader.name(i) + "('" + reader.name(i + 2) + "'…)";
  }
  return {};
}

// FTS5's functions take the table: SQLite takes its name for a column.
std::string table_as_column(std::string_view text, std::string_view column) {
  static constexpr std::string_view kFunctions[] = {"bm25", "highlight", "snippet"};
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  for (size_t i = 0; i + 2 < reader.size(); ++i) {
    if (!reader.is_any_word(i, kFunctions) || !reader.is_operator(i + 1, "(") || !reader.is_name(i + 2) ||
        !sql::equals_word(reader.name(i + 2), column))
      continue;
    return unknown_name(reader.name(i));
  }
  return {};
}

// Columns in which other indexes give what MATCH found, or are told how many rows to find.
struct ForeignColumn {
  std::string_view name;
  const char* ours;
};
constexpr const char* kRankHere = "here MATCH of words gives _rank, of which less is better";
constexpr const char* kDistanceHere = "here MATCH of a vector gives _distance";
constexpr const char* kScoreHere =
    "here MATCH of words gives _rank and MATCH of a vector gives _distance, and less is better of both";
constexpr ForeignColumn kForeignColumns[] = {
    {"bm25", kRankHere},
    {"rank", kRankHere},
    {"distance", kDistanceHere},
    {"similarity", kDistanceHere},
    {"score", kScoreHere},
    {"_score", kScoreHere},
    {"k", "here MATCH of a vector takes _k = …, or LIMIT"},
};

std::string column_of_match(std::string_view text, std::string_view column) {
  column = column.substr(column.rfind('.') + 1);
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  bool has_match = false;
  for (size_t i = 0; i < reader.size(); ++i) has_match = has_match || reader.is_word(i, "MATCH");
  if (!has_match) return {};
  for (const ForeignColumn& foreign : kForeignColumns)
    if (sql::equals_word(column, foreign.name)) return std::string(": ") + foreign.ours;
  return {};
}

// Operators of other systems' vectors are no tokens of SQLite's: <->, <=> and <#>.
bool has_operator_of_vectors(std::string_view text, std::string_view message) {
  if (message.starts_with("unrecognized token: \"#")) return text.find("<#>") != std::string_view::npos;
  if (message.find("syntax error") == std::string_view::npos) return false;
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  for (size_t i = 0; i + 1 < reader.size(); ++i)
    if ((reader.is_operator(i, "<") && reader.is_operator(i + 1, "->")) ||
        (reader.is_operator(i, "<=") && reader.is_operator(i + 1, ">")))
      return true;
  return false;
}

// Explains functions that were asked as tables, and tables that were called as functions.
std::string other_kind(std::string_view message) {
  if (const auto name = name_after(message, "no such function: "))
    if (const Help* const help = find_help(*name, {Help::Kind::kTable}); help != nullptr)
      return std::string(": it gives rows, and stands in FROM: SELECT * FROM ") + help->usage;
  if (const auto name = name_after(message, "no such table: "))
    if (const Help* const help = find_help(*name, {Help::Kind::kFunction, Help::Kind::kAggregate});
        help != nullptr)
      return std::string(": it is a function, which gives a value: SELECT ") + help->usage;
  return {};
}

// Explains what else SQLite says of functions of ours, or of other systems'.
std::string of_functions(std::string_view text, std::string_view message) {
  for (const std::string_view beginning : {"no such function: ", "no such table: "})
    if (const auto name = name_after(message, beginning)) return unknown_name(*name);
  if (const auto name = name_after(message, "no such column: ")) {
    for (const auto hint : {table_as_column, table_without_quotes, column_of_match})
      if (std::string found = hint(text, *name); !found.empty()) return found;
    return {};
  }
  if (auto name = name_after(message, "unsafe use of virtual table \""); name && name->ends_with('"')) {
    name->remove_suffix(1);
    return find_help(*name, {Help::Kind::kTable}) == nullptr
               ? std::string()
               : ": it reads what its arguments name, so views and triggers that lie in a database may not "
                 "ask it; CREATE TEMP VIEW makes a view that may";
  }
  if (auto name = name_after(message, "wrong number of arguments to function ");
      name && name->ends_with("()")) {
    name->remove_suffix(2);
    const Help* const help = find_help(*name);
    return help == nullptr ? std::string() : std::string(": ") + help->usage;
  }
  if (!has_operator_of_vectors(text, message)) return {};
  return ": to find the nearest vectors, write ORDER BY spectradb_distance(column, vector) LIMIT k, or WHERE "
         "column MATCH vector where CREATE VECTOR INDEX has made an index";
}

// Explains why SQLite makes no trigger on the temporal table that the text names behind ON.
std::string why_no_trigger(Connection& connection, std::string_view text) {
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  size_t on = 0;
  while (on < reader.size() && !reader.is_word(on, "ON")) ++on;
  std::string schema;
  std::string name;
  if (++on >= reader.size() || !reader.is_name(on) || !reader.take_name(on, schema, name)) return {};
  SqlCatalog catalog(connection);
  if (catalog.find(schema, name).kind != sql::RelationKind::kTemporal) return {};
  return ": table " + name +
         " is temporal. It keeps what was written by itself, and spectradb_changes() tells of it; CHECK, "
         "DEFAULT and "
         "the actions of foreign keys go as ever, and a view of the table takes INSTEAD OF triggers";
}

// Calls `found(schema, name)` of each table that the text names, as far as words tell, until it returns true.
template <typename Found>
bool find_table_in(std::string_view text, Found found) {
  static constexpr std::string_view kBeforeTable[] = {"FROM", "JOIN", "INTO", "UPDATE"};
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  for (size_t i = 0; i < reader.size(); ++i) {
    size_t name_at = i + 1;
    std::string schema;
    std::string name;
    if (!reader.is_any_word(i, kBeforeTable) || !reader.is_name(name_at) ||
        !reader.take_name(name_at, schema, name))
      continue;
    if (found(schema, name)) return true;
  }
  return false;
}

// Explains the first table in the text that would be temporal if its own text had come through the hook.
std::string why_ordinary(Connection& connection, std::string_view text) {
  SqlCatalog catalog(connection);
  std::string why;
  find_table_in(text, [&](const std::string& schema, const std::string& name) {
    why = catalog.why_ordinary(schema, name);
    return !why.empty();
  });
  return why;
}

bool reads_temporal(Connection& connection, std::string_view text) {
  SqlCatalog catalog(connection);
  return find_table_in(text, [&](const std::string& schema, const std::string& name) {
    return catalog.find(schema, name).kind == sql::RelationKind::kTemporal;
  });
}

}  // namespace

std::string explained(Connection& connection, std::string_view text, const std::string& message) {
  if (const char* hint = sql::hint_for(text, message); hint != nullptr) return message + ": " + hint;
  if (std::string other = other_kind(message); !other.empty()) return message + other;
  if (std::string hint = of_functions(text, message); !hint.empty()) return message + hint;
  // Reading the schema has replaced SQLite's own message.
  if (message == "cannot create triggers on virtual tables") {
    const std::string why = why_no_trigger(connection, text);
    return why.empty() ? why : message + why;
  }
  if (lacks_column(message)) return message + why_ordinary(connection, text);
  const std::string_view hidden = hidden_column(unknown_column(message));
  if (hidden.empty()) return {};
  return message + (reads_temporal(connection, text)
                        ? ": the hidden column of a temporal table is " + std::string(hidden)
                        : std::string());
}

}  // namespace spectradb::extension
