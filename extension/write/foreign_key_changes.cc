// ForeignKeys: what is asked when tables are made, converted, renamed and dropped.
#include "extension/session/database.h"
#include "extension/table/sql_catalog.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/reference_table.h"

namespace spectradb::extension {

using temporal::TableSchema;

namespace {

// SQLite would report `foreign key mismatch` only at the first row of a table that existed earlier.
Status check_not_awaited(Database& database, ForeignKeys& keys) {
  std::vector<std::string> made;
  {
    Query tables(database.connection().handle(),
                 "SELECT name, id FROM " + database.qualified("_spectradb_tables"));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
      if (!row) break;
      if (!database.is_older_than_transaction(static_cast<uint32_t>(tables.integer(1))))
        made.push_back(tables.text(0));
    }
  }
  for (const std::string& table : made) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<ForeignKeys::OrdinaryChild> children,
                               keys.ordinary_children(table));
    if (children.empty()) continue;
    return Status::invalid(
        "table " + table + " cannot be made temporal behind table " + children.front().name +
        ", which REFERENCES it: make it first, or make it an ordinary table and then ALTER TABLE " + table +
        " ADD SYSTEM VERSIONING");
  }
  return Status::ok();
}

}  // namespace

// A missing parent may come later, as in SQLite; where foreign keys are off, it is not looked for.
Status ForeignKeys::check() {
  for (const std::string& table : converted_) SPECTRADB_RETURN_IF_ERROR(check_ordinary_children(table));
  if (!database_.made_tables()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(make_references());
  SPECTRADB_RETURN_IF_ERROR(make_missing_presents());
  if (!are_on()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(check_not_awaited(database_, *this));
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->is_missing_parent || database_.is_older_than_transaction(link->child.id)) continue;
    SPECTRADB_RETURN_IF_ERROR(link->problem);
    if (link->references != nullptr) SPECTRADB_RETURN_IF_ERROR(link->references->check_declared());
  }
  return Status::ok();
}

// Rows that were written before the parent existed are checked now.
Status ForeignKeys::make_references() {
  Result<bool> has_store = database_.has_store();  // false where ROLLBACK TO took back the first table
  if (!has_store || !*has_store) return has_store.status();
  SPECTRADB_RETURN_IF_ERROR(read_links());
  std::vector<std::string> needed;
  const ForeignKeyLinks links = links_;
  std::set<std::string> were_there;
  for (const std::shared_ptr<Link>& link : links) {
    if (link->references == nullptr) continue;
    needed.push_back(link->references->name());
    if (link->references->is_there()) were_there.insert(link->references->name());
    SPECTRADB_RETURN_IF_ERROR(link->references->make_if_missing());
  }
  for (const std::shared_ptr<Link>& link : links) {
    if (link->references == nullptr) continue;
    const bool was_there = were_there.count(link->references->name()) > 0;
    if (was_there && to_be_filled_.count(link->child.id) == 0) continue;
    if (was_there) SPECTRADB_RETURN_IF_ERROR(link->references->fill());
    SPECTRADB_RETURN_IF_ERROR(link->references->ensure());
    if (was_there || !are_on()) continue;
    SPECTRADB_RETURN_IF_ERROR(link->references->check_declared());
    SPECTRADB_RETURN_IF_ERROR(link->references->check_rows());
  }
  to_be_filled_.clear();
  return ReferenceTable::empty_others(database_, needed);
}

Status ForeignKeys::table_succeeds(uint32_t from_id, uint32_t to_id) {
  to_be_filled_.insert(to_id);
  return ReferenceTable::hand_over(database_, from_id, to_id);
}

Status ForeignKeys::refer_anew(uint32_t child) {
  SPECTRADB_RETURN_IF_ERROR(read_links());
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->child.id != child || link->references == nullptr || !link->references->is_there()) continue;
    SPECTRADB_RETURN_IF_ERROR(link->references->fill_anew());
  }
  return Status::ok();
}

Status ForeignKeys::check_drop_of_ordinary(const std::string& table) {
  if (!are_on()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(read_links());
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->references == nullptr || !link->references->is_there()) continue;
    SPECTRADB_ASSIGN_OR_RETURN(std::string parent,
                               ReferenceTable::parent_of(database_, link->references->name()));
    if (sqlite3_stricmp(parent.c_str(), table.c_str()) != 0) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const bool would_miss, link->references->would_miss_drop());
    if (would_miss)
      return Status::constraint(
          "FOREIGN KEY constraint failed: rows of table " + link->child.name + " REFERENCE table " + table +
          " with an action, which DROP TABLE does not tell them: DELETE FROM " + table + " first");
  }
  return Status::ok();
}

Status ForeignKeys::check_parent_names(const TableSchema& child) {
  SPECTRADB_RETURN_IF_ERROR(read_links());
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->child.id != child.id) continue;
    const ReferenceTable references(database_, *link, link->place);
    if (!references.is_there()) continue;
    SPECTRADB_ASSIGN_OR_RETURN(std::string name, ReferenceTable::parent_of(database_, references.name()));
    if (sqlite3_stricmp(name.c_str(), link->key.parent.c_str()) == 0) continue;
    return Status::invalid("table " + child.name + " REFERENCES table " + link->key.parent +
                           ", which was renamed to " + name + ": rename it back first");
  }
  return Status::ok();
}

Result<std::vector<ForeignKeys::OrdinaryChild>> ForeignKeys::ordinary_children(const std::string& parent) {
  Query children(
      database_.connection().handle(),
      "SELECT DISTINCT m.name, m.sql FROM " + database_.qualified("sqlite_master") +
          " m, pragma_foreign_key_list(m.name, ?2) f WHERE m.type = 'table' AND m.rootpage > 0 AND "
          "f.\"table\" = ?1 COLLATE NOCASE AND m.name NOT LIKE '\\_spectradb\\_%' ESCAPE '\\'");
  children.bind(1, std::string_view(parent)).bind(2, std::string_view(database_.schema()));
  std::vector<OrdinaryChild> found;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, children.step());
    if (!row) return found;
    found.push_back({children.text(0), children.text(1)});
  }
}

Status ForeignKeys::check_ordinary_children(const std::string& parent) {
  SqlCatalog catalog(database_.connection());
  const sql::Relation relation = catalog.find(database_.schema(), parent);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  if (relation.kind != sql::RelationKind::kTemporal) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<OrdinaryChild> children, ordinary_children(parent));
  if (children.empty()) return Status::ok();
  std::string names;
  for (const OrdinaryChild& child : children) names += (names.empty() ? "" : ", ") + child.name;
  const bool is_one = children.size() == 1;
  return Status::invalid("table " + parent + " cannot be temporal while " + (is_one ? "table " : "tables ") +
                         names + (is_one ? " REFERENCES" : " REFERENCE") +
                         " it, as SQLite cannot check that: in the same transaction, ALTER TABLE " +
                         (is_one ? names : "each of them") + " ADD SYSTEM VERSIONING");
}

Status ForeignKeys::check_unreferenced(const std::string& table, const char* deed) {
  Result<bool> enforced = are_enforced();
  if (!enforced || !*enforced) return enforced.status();
  for (const std::shared_ptr<Link>& link : links_) {
    const bool is_parent = sqlite3_stricmp(link->key.parent.c_str(), table.c_str()) == 0;
    if (!is_parent || sqlite3_stricmp(link->child.name.c_str(), table.c_str()) == 0) continue;
    return Status::constraint("FOREIGN KEY constraint failed: table " + link->child.name +
                              " REFERENCES table " + table + ", which so cannot be " + deed +
                              ": drop table " + link->child.name +
                              " first, or say PRAGMA foreign_keys = OFF before the transaction");
  }
  return Status::ok();
}

Status ForeignKeys::check_unnamed(const std::string& table, const std::string& column) {
  SPECTRADB_RETURN_IF_ERROR(read_links());
  for (const std::shared_ptr<Link>& link : links_) {
    const bool is_other = sqlite3_stricmp(link->child.name.c_str(), table.c_str()) != 0 &&
                          sqlite3_stricmp(link->key.parent.c_str(), table.c_str()) == 0;
    for (const std::string& name : link->key.parent_columns) {
      if (!is_other || sqlite3_stricmp(name.c_str(), column.c_str()) != 0) continue;
      return Status::invalid("table " + link->child.name + " REFERENCES column " + column + " of table " +
                             table + ": drop that table first, and make it anew afterwards");
    }
  }
  return Status::ok();
}

}  // namespace spectradb::extension
