#include "extension/write/foreign_keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extension/host/values.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/twin.h"
#include "extension/session/database.h"
#include "extension/session/latest_rows.h"
#include "extension/table/opened_table.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "extension/write/reference_table.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

ForeignKeys::ForeignKeys(Database& database) : database_(database), actions_(database), recorder_(database) {}
ForeignKeys::~ForeignKeys() = default;

bool ForeignKeys::are_on() const {
  int is_on = 0;
  sqlite3_db_config(database_.connection().handle(), SQLITE_DBCONFIG_ENABLE_FKEY, -1, &is_on);
  return is_on != 0;
}

Result<bool> ForeignKeys::are_enforced() {
  if (!are_on()) return false;
  SPECTRADB_RETURN_IF_ERROR(read_links());
  return !links_.empty();
}

namespace {

void make_siblings(const ForeignKeyLinks& links) {
  for (const std::shared_ptr<ForeignKeyLink>& link : links) {
    std::vector<ReferenceTable::Sibling> siblings;
    for (const std::shared_ptr<ForeignKeyLink>& other : links)
      if (other != link) siblings.push_back({other->references->name(), other->key.columns});
    link->references->set_siblings(std::move(siblings));
  }
}

}  // namespace

Result<std::vector<std::string>> ForeignKeys::table_names() {
  Query tables(database_.connection().handle(),
               "SELECT name FROM " + database_.qualified("_spectradb_tables"));
  std::vector<std::string> names;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
    if (!row) return names;
    names.push_back(tables.text(0));
  }
}

Status ForeignKeys::read_links() {
  Connection& connection = database_.connection();
  int64_t version = 0;
  {
    Query query(connection.handle(), "PRAGMA " + quoted(database_.schema()) + ".schema_version");
    Result<bool> row = query.step();
    if (!row) return row.status();
    version = query.integer(0);
  }
  if (schema_version_ == version && links_are_of_ == changes_) return Status::ok();
  links_.clear();
  acting_.clear();
  kept_by_sqlite_.clear();
  without_parent_.clear();
  schema_version_.reset();
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names, table_names());
  for (const std::string& name : names) {
    SqlCatalog catalog(connection);
    const sql::Relation relation = catalog.find(database_.schema(), name);
    SPECTRADB_RETURN_IF_ERROR(catalog.failure());
    const Table* table = connection.find_table(database_.schema(), name);
    if (table == nullptr && database_.is_interrupted()) return {Code::kInterrupted, "interrupted"};
    if (relation.kind != sql::RelationKind::kTemporal || table == nullptr) continue;
    size_t place = 0;
    for (const ForeignKey& key : table->definition().foreign_keys) {
      auto link = std::make_shared<Link>();
      link->place = place++;
      link->child = table->schema();
      link->key = key;
      if (key.on_delete == KeyAction::kSetDefault || key.on_update == KeyAction::kSetDefault) {
        SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<RowJudge> judge, RowJudge::make(table->definition()));
        link->defaults = std::move(judge);
      }
      links_.push_back(std::move(link));
    }
  }
  for (const std::shared_ptr<Link>& link : links_) SPECTRADB_RETURN_IF_ERROR(resolve(*link));
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->is_missing_parent) without_parent_.insert(link->child.id);
    if (link->references != nullptr) {
      std::shared_ptr<ForeignKeyLinks>& links = kept_by_sqlite_[link->child.id];
      if (links == nullptr) links = std::make_shared<ForeignKeyLinks>();
      links->push_back(link);
    }
    const auto acts = [](KeyAction action) { return action != KeyAction::kNone; };
    if (!link->parent || (!acts(link->key.on_delete) && !acts(link->key.on_update))) continue;
    std::shared_ptr<ForeignKeyLinks>& links = acting_[link->parent->id];
    if (links == nullptr) links = std::make_shared<ForeignKeyLinks>();
    links->insert(links->begin(), link);  // SQLite follows the last one that was declared first
  }
  for (const auto& [child, links] : kept_by_sqlite_) make_siblings(*links);
  schema_version_ = version;
  links_are_of_ = changes_;
  return Status::ok();
}

Result<std::shared_ptr<const ForeignKeyLinks>> ForeignKeys::acting_on(uint32_t parent) {
  std::shared_ptr<const ForeignKeyLinks> none;
  if (!are_on()) return none;
  if (!schema_version_ || links_are_of_ != changes_) SPECTRADB_RETURN_IF_ERROR(read_links());
  const auto found = acting_.find(parent);
  return found == acting_.end() ? none : found->second;
}

Result<std::shared_ptr<const ForeignKeyLinks>> ForeignKeys::kept_by_sqlite(uint32_t child) {
  // Nothing tells us when an ordinary table is made.
  if (!schema_version_ || links_are_of_ != changes_ || without_parent_.count(child) > 0)
    SPECTRADB_RETURN_IF_ERROR(read_links());
  const auto found = kept_by_sqlite_.find(child);
  if (found == kept_by_sqlite_.end()) return std::shared_ptr<const ForeignKeyLinks>();
  for (const std::shared_ptr<Link>& link : *found->second)
    SPECTRADB_RETURN_IF_ERROR(link->references->make_if_missing());
  for (const std::shared_ptr<Link>& link : *found->second)
    SPECTRADB_RETURN_IF_ERROR(link->references->ensure());
  return std::shared_ptr<const ForeignKeyLinks>(found->second);
}

const std::shared_ptr<PresentTable>& ForeignKeys::present_of(const Table& table) {
  const bool is_known = presents_transaction_ == database_.transaction() &&
                        presents_rollbacks_ == database_.rollbacks() && presents_changes_ == changes_;
  if (!is_known) {
    presents_.clear();
    presents_transaction_ = database_.transaction();
    presents_rollbacks_ = database_.rollbacks();
    presents_changes_ = changes_;
  }
  const auto [found, is_new] = presents_.try_emplace(table.schema().id);
  if (is_new && PresentTable::is_there(database_, table.schema().name)) {
    found->second = std::make_shared<PresentTable>(database_, table.definition(), table.indexes());
    found->second->keep_columns_there();
  }
  return found->second;
}

Status ForeignKeys::make_present(SchemaChange& change, const Table& table) {
  PresentTable present(database_, table.definition(), table.indexes());
  Result<bool> is_complete = present.is_complete();
  if (!is_complete || *is_complete) return is_complete.status();
  tables_changed();
  change.ignore_foreign_keys();
  if (PresentTable::is_there(database_, table.schema().name))
    SPECTRADB_RETURN_IF_ERROR(change.drop_table(PresentTable::name_of(table.schema().name)));
  return present.make();
}

// A table that was made again takes the place to which others referred by its name.
Status ForeignKeys::make_missing_presents() {
  std::vector<std::string> names;
  {
    Query parents(database_.connection().handle(),
                  "SELECT DISTINCT f.\"table\" FROM " + database_.qualified("sqlite_master") +
                      " m, pragma_foreign_key_list(m.name, ?1) f WHERE m.type = 'table' AND f.\"table\" LIKE "
                      "'\\_spectradb\\_present\\_%' ESCAPE '\\'");
    parents.bind(1, std::string_view(database_.schema()));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, parents.step());
      if (!row) break;
      // Anybody may refer to a table whose name is the prefix alone.
      if (std::optional<std::string> name = PresentTable::table_of(parents.text(0)))
        names.push_back(std::move(*name));
    }
  }
  for (const std::string& name : names) {
    if (PresentTable::is_there(database_, name)) continue;
    const Table* table = database_.connection().find_table(database_.schema(), name);
    if (table == nullptr) continue;
    tables_changed();
    SPECTRADB_RETURN_IF_ERROR(PresentTable(database_, table->definition(), table->indexes()).make());
  }
  return Status::ok();
}

namespace {

// Whether the column that refers has a value of the other, which is in the parameter of that number.
std::string has_value(const temporal::Column& from, const temporal::Column& to, size_t number) {
  return quoted(from.name) + " = ?" + std::to_string(number) +
         (from.collation != to.collation ? std::string(" COLLATE ") + collation_name(to.collation) : "");
}

// The same as SQLite checks foreign keys: it compares the two columns, so where only the one that is referred to is
// numeric, text like '02' in the other counts as the number 2. (Its actions do not.) A parameter has no affinity to
// say so with; CAST has, and would make numbers of other text.
std::string refers_to(const temporal::Column& from, const temporal::Column& to, size_t number) {
  if (temporal::is_numeric(from.affinity) || !temporal::is_numeric(to.affinity))
    return has_value(from, to, number);
  const std::string value = "?" + std::to_string(number);
  return "CASE WHEN typeof(" + value + ") IN ('integer', 'real') THEN " + quoted(from.name) + " = CAST(" +
         value + " AS NUMERIC) ELSE " + has_value(from, to, number) + " END";
}

}  // namespace

// The columns that a foreign key refers to must be unique.
Status ForeignKeys::resolve(Link& link) {
  const std::string mismatch =
      "foreign key mismatch - \"" + link.child.name + "\" referencing \"" + link.key.parent + "\"";
  SqlCatalog catalog(database_.connection());
  const sql::Relation relation = catalog.find(database_.schema(), link.key.parent);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  const Table* parent = nullptr;
  if (relation.kind == sql::RelationKind::kTemporal) {
    const Result<const Table*> opened = opened_table(database_, link.key.parent);
    if (!opened && opened.status().code() != Code::kCorrupt) return opened.status();
    if (opened) parent = *opened;
  }
  if (relation.kind != sql::RelationKind::kTemporal) {
    link.references = std::make_unique<ReferenceTable>(database_, link, link.place);
    if (relation.kind != sql::RelationKind::kNone) return Status::ok();
    // The parent was renamed, and SQLite's own copy of the foreign key followed.
    if (link.references->is_there()) return Status::ok();
    link.references.reset();
  }
  if (parent == nullptr) {
    link.is_missing_parent = relation.kind == sql::RelationKind::kNone;
    link.problem = link.is_missing_parent
                       ? Status::invalid("no such table: " + database_.schema() + "." + link.key.parent)
                       : Status::corrupt("table " + link.key.parent + " cannot be opened");
    return Status::ok();
  }
  const TableSchema& schema = parent->schema();
  if (link.key.parent_columns.empty()) link.parent_columns = schema.key_columns;
  for (const std::string& name : link.key.parent_columns) {
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (sqlite3_stricmp(schema.columns[i].name.c_str(), name.c_str()) == 0)
        link.parent_columns.push_back(static_cast<int>(i));
    }
  }
  const std::set<int> wanted(link.parent_columns.begin(), link.parent_columns.end());
  bool is_unique = wanted == std::set<int>(schema.key_columns.begin(), schema.key_columns.end());
  for (const temporal::IndexSchema& index : parent->indexes()) {
    std::set<int> columns;
    for (const temporal::IndexPart& part : index.parts) columns.insert(part.column);
    is_unique = is_unique || (index.is_unique && columns == wanted);
  }
  if (!is_unique || wanted.empty() || link.parent_columns.size() != link.key.columns.size()) {
    link.problem = Status::invalid(mismatch + ": what is referred to must be its PRIMARY KEY or UNIQUE");
    return Status::ok();
  }
  link.parent = schema;
  std::string parents;
  std::string children;
  for (size_t i = 0; i < link.parent_columns.size(); ++i) {
    const temporal::Column& to = schema.columns[static_cast<size_t>(link.parent_columns[i])];
    const temporal::Column& from = link.child.columns[static_cast<size_t>(link.key.columns[i])];
    const char* const conjunction = i == 0 ? "" : " AND ";
    parents += conjunction + quoted(to.name) + " = ?" + std::to_string(i + 1);
    children += conjunction + refers_to(from, to, i + 1);
    // The first parameter of statements that remove or change referring rows is the period.
    link.referring += conjunction + has_value(from, to, i + 2);
  }
  const std::string periods = "SELECT _valid_from, _valid_to FROM ";
  link.parents = periods + database_.qualified(schema.name) + "(x'', 'all') WHERE " + parents;
  link.children = periods + database_.qualified(link.child.name) + "(x'', 'all') WHERE " + children;
  return Status::ok();
}

// Finds the keys of a table that the open transaction wrote.
Status ForeignKeys::find_written(uint32_t id, Keys* keys) {
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database_.store());
  lsm::CursorOptions options;
  options.own = database_.batch().get();
  options.own_commit = database_.own_commit();
  options.max_commit = database_.own_commit() - 1;
  options.min_commit = database_.own_commit();
  const std::unique_ptr<lsm::VersionCursor> versions = database_.shown(store->new_cursor(options));
  std::string first;
  temporal::append_table_id(first, id);
  const std::string end = temporal::after_prefix(first);
  for (versions->seek(first); versions->valid() && versions->user_key() < end; versions->next_key()) {
    if (versions->commit() == database_.own_commit()) keys->emplace(versions->user_key());
  }
  return versions->status();
}

Status ForeignKeys::check_facts() {
  Result<bool> enforced = are_enforced();
  if (!enforced || !*enforced) return enforced.status();
  std::map<uint32_t, Keys> written;
  for (const std::shared_ptr<Link>& link : links_) {
    written[link->child.id];
    if (link->parent) written[link->parent->id];
  }
  for (auto& [id, keys] : written) SPECTRADB_RETURN_IF_ERROR(find_written(id, &keys));
  struct Statements {
    Statements(ForeignKeyLinks& of, sqlite3* db) : links(of) {
      for (const std::shared_ptr<Link>& link : links) {
        link->find_parents = std::make_unique<Query>(db, link->parents);
        link->find_children = std::make_unique<Query>(db, link->children);
      }
    }
    ~Statements() {
      for (const std::shared_ptr<Link>& link : links) link->forget_statements();
    }
    ForeignKeyLinks& links;
  };
  const Statements statements(links_, database_.connection().handle());
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->references != nullptr) continue;
    SPECTRADB_RETURN_IF_ERROR(check_children(*link, written[link->child.id]));
    if (link->parent) SPECTRADB_RETURN_IF_ERROR(check_parents(*link, written[link->parent->id]));
  }
  return Status::ok();
}

Status ForeignKeys::check_children(Link& link, const Keys& keys) {
  LatestRows latest(database_);
  for (const std::string& key : keys) {
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest.at_all_valid_time());
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> pieces,
                               pieces_of(*rows, link.child, link.key.columns, key));
    for (const KeptPiece& piece : pieces)
      SPECTRADB_RETURN_IF_ERROR(check_row(link, piece.values.values(), piece.valid));
  }
  return Status::ok();
}

// A row can lose its parent only where a key had something before the transaction that it lacks now.
Status ForeignKeys::check_parents(Link& link, const Keys& keys) {
  if (keys.empty()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database_.store());
  lsm::CursorOptions options;
  options.max_commit = database_.own_commit() - 1;
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  temporal::RowCursor before(database_.shown(store->new_cursor(options)), times);
  LatestRows latest(database_);
  for (const std::string& key : keys) {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> old,
                               pieces_of(before, *link.parent, link.parent_columns, key));
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest.at_all_valid_time());
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> now,
                               pieces_of(*rows, *link.parent, link.parent_columns, key));
    for (const KeptPiece& piece : old) {
      std::vector<Period> kept;
      for (const KeptPiece& other : now) {
        if (are_equal(piece.values.values(), other.values.values())) kept.push_back(other.valid);
      }
      if (!uncovered(std::move(kept), piece.valid).empty())
        SPECTRADB_RETURN_IF_ERROR(check_referring(link, piece.values.values()));
    }
  }
  return Status::ok();
}

Status ForeignKeys::check_referring(Link& link, const std::vector<Value>& values) {
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<Period> children, periods_of(*link.find_children, values));
  for (const Period& child : children) SPECTRADB_RETURN_IF_ERROR(check_row(link, values, child));
  return Status::ok();
}

Status ForeignKeys::check_row(Link& link, const std::vector<Value>& values, const Period& period) {
  SPECTRADB_RETURN_IF_ERROR(link.problem);
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<Period> parents, periods_of(*link.find_parents, values));
  const bool is_nowhere = parents.empty();
  // The parent's valid time begins at its horizon.
  const Period asked = database_.valid_horizons().behind(link.parent->id, period);
  if (asked.is_empty()) return Status::ok();
  const std::vector<Period> gaps = uncovered(std::move(parents), asked);
  if (gaps.empty()) return Status::ok();
  std::string message = "FOREIGN KEY constraint failed: " + referring_words(link, values) +
                        ", which no row of " + link.parent->name + " has as " +
                        column_names(*link.parent, link.parent_columns);
  const int64_t first_us = gaps.front().from.us;
  if (!is_nowhere && first_us != temporal::kBeginningOfTime)
    message += " at " + temporal::format_instant(first_us);
  return Status::constraint(message);
}

void ForeignKeys::end() {
  actions_.end_transaction();
  for (const auto& [child, links] : kept_by_sqlite_) {
    for (const std::shared_ptr<Link>& link : *links) link->references->forget_statements();
  }
  for (const auto& [id, present] : presents_) {
    if (present != nullptr) present->forget_statements();
  }
  converted_.clear();
  to_be_filled_.clear();
}

}  // namespace spectradb::extension
