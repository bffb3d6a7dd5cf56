#include "extension/facets/reflection/pragma_module.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "extension/facets/reflection/reflected_table.h"
#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/write/present_table.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::extension {

namespace {

constexpr std::string_view kModulePrefix = "pragma_";
constexpr int kMostHidden = 2;

// These columns of table_list differ for a temporal table.
enum ListColumn : int { kListSchema, kListName, kListType, kListColumns, kListWithoutRowid, kListStrict };

// This column of foreign_key_list names the parent.
constexpr int kParentName = 2;

struct PragmaTable : sqlite3_vtab {
  enum class Kind : uint8_t { kOfTable, kOfParents, kOfIndex, kOfDatabase };
  Connection* connection = nullptr;
  std::string pragma;
  Kind kind = Kind::kOfTable;
  int columns = 0;  // without hidden columns
};

PragmaTable* pragma_of(sqlite3_vtab* table) { return static_cast<PragmaTable*>(table); }

// Prepares the PRAGMA as the user's, so that the host's authorizer is asked.
Result<sqlite3_stmt*> prepare_pragma(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db, sql.c_str(), -1, 0, &statement, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(db, code);
  return statement;
}

class PragmaCursor : public sqlite3_vtab_cursor {
 public:
  explicit PragmaCursor(const PragmaTable& table) : sqlite3_vtab_cursor{}, table_(table) {}
  ~PragmaCursor() { clear(); }
  PragmaCursor(const PragmaCursor&) = delete;
  PragmaCursor& operator=(const PragmaCursor&) = delete;

  Status filter(int count, sqlite3_value** values) {
    clear();
    is_users_ = AuthorScope::is_for_user();
    for (int i = 0; i < std::min(count, kMostHidden); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[i]));
      if (text != nullptr) arguments_[static_cast<size_t>(i)] = text;
    }
    const std::optional<std::string>& schema = arguments_[1];
    SPECTRADB_ASSIGN_OR_RETURN(
        statement_,
        prepare_pragma(table_.connection->handle(),
                       "PRAGMA " + (schema ? sql::string_literal(*schema) + "." : "") + text_of_pragma()));
    if (table_.kind != PragmaTable::Kind::kOfDatabase && arguments_[0])
      SPECTRADB_RETURN_IF_ERROR(read_definition_instead());
    return next();
  }

  Status next() {
    listed_.reset();
    ++row_;
    const int code = sqlite3_step(statement_);
    is_at_end_ = code != SQLITE_ROW;
    if (code == SQLITE_DONE) return Status::ok();
    if (code != SQLITE_ROW) return status_of_sqlite(sqlite3_db_handle(statement_), code);
    return table_.kind == PragmaTable::Kind::kOfDatabase ? read_listed() : Status::ok();
  }

  bool at_end() const { return is_at_end_; }
  int64_t row() const { return row_; }

  void column(sqlite3_context* context, int index) const {
    if (index >= table_.columns) {
      const std::optional<std::string>& argument = arguments_[static_cast<size_t>(index - table_.columns)];
      if (argument)
        sqlite3_result_text64(context, argument->data(), argument->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else if (listed_ && index == kListType) {
      sqlite3_result_text(context, "table", -1, SQLITE_STATIC);
    } else if (listed_ && index == kListColumns) {
      sqlite3_result_int(context, listed_->columns);
    } else if (listed_ && index == kListWithoutRowid) {
      sqlite3_result_int(context, listed_->is_without_rowid ? 1 : 0);
    } else if (listed_ && index == kListStrict) {
      sqlite3_result_int(context, 0);
    } else if (const std::optional<std::string> parent = temporal_parent(index); parent) {
      sqlite3_result_text64(context, parent->data(), parent->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else {
      sqlite3_result_value(context, sqlite3_column_value(statement_, index));
    }
  }

 private:
  std::string text_of_pragma() const {
    return table_.pragma + (arguments_[0] ? " = " + sql::string_literal(*arguments_[0]) : "");
  }

  void clear() {
    sqlite3_finalize(statement_);
    statement_ = nullptr;
    twin_.reset();
    listed_.reset();
    arguments_ = {};
    row_ = 0;
  }

  // Where the argument names a temporal table or its index, reads the rows of the ordinary table with the
  // same definition.
  Status read_definition_instead() {
    const auto find =
        table_.kind == PragmaTable::Kind::kOfIndex ? find_reflected_index : find_reflected_table;
    SPECTRADB_ASSIGN_OR_RETURN(const Table* table, find(*table_.connection, arguments_[1], *arguments_[0]));
    if (table == nullptr) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(Twin twin, reflect(*table));
    sqlite3_finalize(statement_);
    statement_ = nullptr;
    twin_.emplace(std::move(twin));
    SPECTRADB_ASSIGN_OR_RETURN(statement_, prepare_pragma(twin_->db(), "PRAGMA " + text_of_pragma()));
    return Status::ok();
  }

  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes);
  }

  // Returns the temporal table that an ordinary one refers to: SQLite shows a table of the extension that
  // stands for it. The extension's own statements see that table.
  std::optional<std::string> temporal_parent(int index) const {
    if (table_.kind != PragmaTable::Kind::kOfParents || index != kParentName || !is_users_)
      return std::nullopt;
    return PresentTable::table_of(text(kParentName));
  }

  // Reads what the current row of table_list needs to describe a temporal table.
  Status read_listed() {
    if (text(kListType) != "virtual") return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const Table* table,
                               find_reflected_table(*table_.connection, text(kListSchema), text(kListName)));
    if (table == nullptr) return Status::ok();
    const std::vector<temporal::Column>& columns = table->schema().columns;
    listed_ = Listed{
        static_cast<int>(std::count_if(columns.begin(), columns.end(),
                                       [](const temporal::Column& column) { return !column.is_hidden; })),
        !behind_columns(table->definition()).empty()};
    return Status::ok();
  }

  const PragmaTable& table_;
  std::optional<Twin> twin_;  // whose statement it is, of a temporal table
  sqlite3_stmt* statement_ = nullptr;
  std::array<std::optional<std::string>, kMostHidden> arguments_;
  struct Listed {
    int columns = 0;
    bool is_without_rowid = false;
  };
  std::optional<Listed> listed_;  // the temporal table that a row of table_list tells of
  int64_t row_ = 0;
  bool is_at_end_ = true;
  bool is_users_ = true;  // the statement that reads
};

PragmaCursor* pragma_cursor(sqlite3_vtab_cursor* cursor) { return static_cast<PragmaCursor*>(cursor); }

PragmaTable::Kind kind_of_pragma(const std::string& pragma) {
  if (pragma == "table_list") return PragmaTable::Kind::kOfDatabase;
  if (pragma == "foreign_key_list") return PragmaTable::Kind::kOfParents;
  return pragma.starts_with("index_") && pragma.ends_with("info") ? PragmaTable::Kind::kOfIndex
                                                                  : PragmaTable::Kind::kOfTable;
}

// Declares the columns that the PRAGMA has in this SQLite.
int pragma_connect(sqlite3* db, void* aux, int, const char* const* argv, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    auto table = std::make_unique<PragmaTable>();
    table->connection = static_cast<Connection*>(aux);
    table->pragma = argv[0] + kModulePrefix.size();
    table->kind = kind_of_pragma(table->pragma);
    Query pragma(db, "PRAGMA " + table->pragma);
    SPECTRADB_RETURN_IF_ERROR(pragma.prepare());
    table->columns = sqlite3_column_count(pragma.statement());
    if (table->columns == 0) return Status::invalid("no such table: " + std::string(argv[0]));
    std::string declared = "CREATE TABLE x(";
    for (int i = 0; i < table->columns; ++i)
      declared += quoted(sqlite3_column_name(pragma.statement(), i)) + ",";
    declared += table->kind == PragmaTable::Kind::kOfDatabase ? "arg HIDDEN)" : "arg HIDDEN,schema HIDDEN)";
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, declared));
    *out = table.release();
    return Status::ok();
  });
}

int pragma_disconnect(sqlite3_vtab* table) {
  delete pragma_of(table);
  return SQLITE_OK;
}

// Plans as SQLite does.
int pragma_best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  constexpr double kWithoutArgument = 2147483647;
  constexpr double kWithSchema = 20;
  std::array<int, kMostHidden> seen{-1, -1};
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    const int hidden = constraint.iColumn - pragma_of(table)->columns;
    if (constraint.usable == 0 || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (hidden >= 0 && hidden < kMostHidden) seen[static_cast<size_t>(hidden)] = i;
  }
  info->estimatedCost = 1;
  if (seen[0] < 0) {
    info->estimatedCost = kWithoutArgument;
    info->estimatedRows = static_cast<sqlite3_int64>(kWithoutArgument);
    return SQLITE_OK;
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] < 0) continue;
    info->aConstraintUsage[seen[i]].argvIndex = static_cast<int>(i) + 1;
    info->aConstraintUsage[seen[i]].omit = 1;
  }
  if (seen[1] >= 0) {
    info->estimatedCost = kWithSchema;
    info->estimatedRows = static_cast<sqlite3_int64>(kWithSchema);
  }
  return SQLITE_OK;
}

int pragma_open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  *out = new PragmaCursor(*pragma_of(table));
  return SQLITE_OK;
}

int pragma_close(sqlite3_vtab_cursor* cursor) {
  delete pragma_cursor(cursor);
  return SQLITE_OK;
}

int pragma_filter(sqlite3_vtab_cursor* cursor, int, const char*, int count, sqlite3_value** values) {
  return guarded(cursor->pVtab, [&] { return pragma_cursor(cursor)->filter(count, values); });
}

int pragma_next(sqlite3_vtab_cursor* cursor) {
  return guarded(cursor->pVtab, [&] { return pragma_cursor(cursor)->next(); });
}

int pragma_eof(sqlite3_vtab_cursor* cursor) { return pragma_cursor(cursor)->at_end() ? 1 : 0; }

int pragma_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
  pragma_cursor(cursor)->column(context, index);
  return SQLITE_OK;
}

int pragma_rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
  *row = pragma_cursor(cursor)->row();
  return SQLITE_OK;
}

const ModuleBuilder kPragmaModule =
    ModuleBuilder()
        .eponymous<pragma_connect>()
        .ended_by<pragma_disconnect>()
        .planned_by<pragma_best_index>()
        .read_by<pragma_open, pragma_close, pragma_filter, pragma_next, pragma_eof, pragma_column>()
        .numbered_by<pragma_rowid>();

}  // namespace

const ModuleBuilder& pragma_module() { return kPragmaModule; }

}  // namespace spectradb::extension
