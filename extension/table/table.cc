#include "extension/table/table.h"

#include <algorithm>
#include <atomic>

#include "extension/access/gate.h"
#include "extension/facet/column_type.h"
#include "extension/facet/index_kind.h"
#include "extension/front/kept_statements.h"
#include "extension/host/query.h"
#include "extension/read/cursor.h"
#include "extension/read/prefix_condition.h"
#include "extension/read/row_counts.h"
#include "extension/schema/index_catalog.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/writer.h"
#include "lsm/base/checksum.h"
#include "sql/text/reader.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

std::atomic<int> tables_with_expressions{0};

// All databases of a connection have the encoding of main, which is fixed once there is a table.
bool has_utf16_text(sqlite3* db) {
  Query query(db, "PRAGMA encoding");
  Result<bool> row = query.step();
  return row && *row && query.text(0) != "UTF-8";
}

int32_t fingerprint_of(const Definition& definition) {
  std::string text = definition.schema.valid_default == temporal::ValidDefault::kNow ? "now" : "";
  for (size_t i = 0; i < definition.schema.columns.size(); ++i) {
    const temporal::Column& column = definition.schema.columns[i];
    if (!definition.made_columns[i].expression.empty()) continue;
    text += '\0' + column.name + '\0' + column.default_sql.value_or("") + (column.is_generated ? "g" : "");
  }
  const auto hash = static_cast<int32_t>(lsm::checksum64(text, 0) & 0x7fffffff);
  return hash == 0 ? 1 : hash;
}

bool wants_rewriting(const temporal::TableSchema& schema) {
  return schema.valid_default == temporal::ValidDefault::kNow ||
         std::any_of(schema.columns.begin(), schema.columns.end(),
                     [](const temporal::Column& column) { return column.default_sql.has_value(); });
}

std::vector<int> find_ranked_columns(const temporal::TableSchema& schema) {
  std::vector<int> ranked;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const ColumnType* const type = find_column_type(schema.columns[i].declared_type);
    if (type != nullptr && type->ranking != nullptr) ranked.push_back(static_cast<int>(i));
  }
  return ranked;
}

}  // namespace

Table::Table(Connection& connection, std::shared_ptr<Database> database, Definition definition,
             temporal::IndexSchemas indexes)
    : sqlite3_vtab{},
      connection_(connection),
      database_(std::move(database)),
      definition_(std::move(definition)),
      indexes_(std::move(indexes)),
      declared_columns_(schema()),
      has_expressions_(!declared_columns_.are_alike()),
      is_utf16_(has_utf16_text(connection.handle())),
      fingerprint_(fingerprint_of(definition_)),
      wants_rewriting_(extension::wants_rewriting(schema())),
      ranked_columns_(find_ranked_columns(schema())) {
  writer_ = std::make_unique<Writer>(*this);
  for (const IndexKind* kind : index_kinds()) conditions_.push_back({&connection_, kind->condition});
  conditions_.push_back({&connection_, &kPrefixCondition});
  // A constructor that fails runs no destructor, which would remove the table again: so what can fail comes
  // first.
  connection_.make_room_for_table();
  if (Gate* gate = Gate::of(connection_.handle()); gate != nullptr) gate->add_table(this);
  connection_.add_table(this);
  if (has_expressions_) ++tables_with_expressions;
  database_->foreign_keys().tables_changed();
  connection_.part<KeptStatements>().schema_changed();
}

BoundFunction* Table::find_condition(std::string_view name) noexcept {
  for (BoundFunction& condition : conditions_) {
    if (condition.function != nullptr && sql::equals_word(name, condition.function->name)) return &condition;
  }
  return nullptr;
}

int Table::number_of_condition(const BoundFunction& condition) const noexcept {
  return static_cast<int>(&condition - conditions_.data());
}

Status Table::reload_indexes() {
  Result<temporal::IndexSchemas> indexes = IndexCatalog(*database_).load(definition_);
  if (indexes) indexes_ = std::move(*indexes);
  return indexes.status();
}

lsm::RangeSize Table::size() {
  std::string first;
  temporal::append_table_id(first, schema().id);
  return size_between(first, temporal::after_prefix(first));
}

lsm::RangeSize Table::size_between(std::string_view from, std::string_view to) {
  constexpr lsm::RangeSize kUnknownSize{100'000, 0};
  // Running the statement reports what is wrong with the store: errors here have no code.
  const Result<lsm::Store*> store = database_->store(Database::Wait::kNo);
  if (!store) return kUnknownSize;
  lsm::RangeSize size = (*store)->range_size(from, to);
  if (database_->batch() != nullptr) size.current += database_->batch()->estimate_between(from, to);
  versions_planned_ = std::max(versions_planned_, size.current + size.superseded);
  return size;
}

RowCounts& Table::row_counts() {
  if (row_counts_ == nullptr) row_counts_ = std::make_unique<RowCounts>(*this);
  return *row_counts_;
}

std::unique_ptr<Cursor> Table::take_cursor() {
  return cursor_ != nullptr ? std::move(cursor_) : std::make_unique<Cursor>(*this);
}

void Table::give_back(std::unique_ptr<Cursor> cursor) {
  cursor->release();
  if (cursor_ == nullptr) cursor_ = std::move(cursor);
}

Result<temporal::ValidForm> Table::valid_form() {
  if (schema().valid_form != temporal::ValidForm::kOpen) return schema().valid_form;
  SPECTRADB_ASSIGN_OR_RETURN(const ValidForms::Known known,
                             database_->valid_forms().find_in_transaction(schema().id));
  if (known.is_final) definition_.schema.valid_form = known.form;
  return known.form;
}

Table::~Table() {
  database_->foreign_keys().tables_changed();
  if (has_expressions_) --tables_with_expressions;
  connection_.remove_table(this);
  if (Gate* gate = Gate::of(connection_.handle()); gate != nullptr) gate->remove_table(this);
  connection_.part<KeptStatements>().schema_changed();
}

bool Table::is_any_with_expressions() { return tables_with_expressions.load() > 0; }

}  // namespace spectradb::extension
