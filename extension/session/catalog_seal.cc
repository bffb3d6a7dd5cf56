#include "extension/session/catalog_seal.h"

#include "extension/session/database.h"
#include "extension/session/formats.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/row_seal.h"
#include "extension/session/text_seal.h"

namespace spectradb::extension {

namespace {

struct Part {
  const char* table;  // our table that the query needs; null: none
  int columns;
  const char* text;  // follows "SELECT"; S. stands for the schema
};
constexpr Part kParts[] = {
    {nullptr, 2,
     "name, value FROM S._spectradb_meta WHERE name <> 'seal' AND name NOT GLOB 'seal/_spectradb_*' ORDER BY "
     "name"},
    {"_spectradb_tables", 2, "id, name FROM S._spectradb_tables ORDER BY id"},
    {"_spectradb_indexes", 7,
     "id, table_id, name, key_id, since, is_unique, definition FROM S._spectradb_indexes ORDER BY id"},
    {"_spectradb_columns", 5,
     "table_id, place, name, is_added, value FROM S._spectradb_columns ORDER BY table_id, place"},
    {"_spectradb_repairs", 5,
     "repair_no, way, done_us, until_commit, changed FROM S._spectradb_repairs ORDER BY repair_no"},
    {nullptr, 2,
     "name, sql FROM S.sqlite_master WHERE type = 'table' AND name IN ('_spectradb_meta', "
     "'_spectradb_tables', "
     "'_spectradb_indexes', '_spectradb_columns', '_spectradb_repairs', '_spectradb_commits', "
     "'_spectradb_recent', '_spectradb_notes', '_spectradb_clock', '_spectradb_blocks', '_spectradb_files', "
     "'_spectradb_ledger', '_spectradb_ledger_nodes') "
     "ORDER BY name"}};

std::string in_schema(std::string_view text, const std::string& schema) {
  std::string sql = "SELECT ";
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_schema = text.substr(at, 2) == "S." && text[at - 1] == ' ';
    if (is_schema) {
      sql += quoted(schema);
    } else {
      sql.push_back(text[at]);
    }
  }
  return sql;
}

}  // namespace

Result<std::string> CatalogSeal::compute() { return of(database_.connection().handle(), database_.schema()); }

Result<std::string> CatalogSeal::of(sqlite3* db, const std::string& schema) {
  Query id(db, "SELECT value FROM " + quoted(schema) + "._spectradb_meta WHERE name = 'store_id'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_id, id.step());
  Query table(db, "SELECT 1 FROM " + quoted(schema) + ".sqlite_master WHERE type = 'table' AND name = ?1");
  RowSeal seal;
  for (size_t i = 0; i < std::size(kParts); ++i) {
    const Part& part = kParts[i];
    if (part.table != nullptr) {
      const QueryScope scope(table);
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, table.bind(1, std::string_view(part.table)).step());
      if (!is_there) continue;
    }
    seal.add(static_cast<char>('a' + i));
    Query query(db, in_schema(part.text, schema));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
      if (!row) break;
      seal.add_row(query, part.columns);
    }
  }
  return seal_digits(seal.value(has_id ? id.text(0) : std::string()));
}

Result<std::string> CatalogSeal::compute_text(uint32_t table_id) {
  return seal_of_text(database_.connection().handle(), database_.schema(), table_id);
}

// A database that says that it is of format 2, but has what only later ones have, has lost its seal, too.
Result<bool> CatalogSeal::is_broken(sqlite3* db, const std::string& schema) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string old, meta_of(db, schema, kSealName));
  if (old.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string format, meta_of(db, schema, "format"));
    if (format.empty()) return false;  // it is about to be made, or is refused
    return format == kFormatWithoutSeals ? CommitTable::has_seals(db, schema) : true;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string now, of(db, schema));
  return now != old;
}

Status CatalogSeal::will_change() {
  is_written_ = false;
  if (is_changed_) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const bool broken,
                             is_broken(database_.connection().handle(), database_.schema()));
  is_changed_ = true;
  is_broken_ = broken;
  return Status::ok();
}

Status CatalogSeal::will_make(const char* table) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(table));
  return there ? Status::ok() : will_change();
}

Status CatalogSeal::will_define(uint32_t table_id) {
  SPECTRADB_RETURN_IF_ERROR(will_change());
  defined_.insert(table_id);
  return Status::ok();
}

Status CatalogSeal::will_define_all() {
  SPECTRADB_RETURN_IF_ERROR(will_change());
  Query ids(database_.connection().handle(), "SELECT id FROM " + database_.qualified("_spectradb_tables"));
  for (;;) {
    const Result<bool> row = ids.step();
    if (!row || !*row) return row.status();
    defined_.insert(static_cast<uint32_t>(ids.integer(0)));
  }
}

Status CatalogSeal::put(const std::string& name, const std::string& seal) {
  const Result<std::string> kept = database_.meta(name);
  if (!kept || *kept == seal) return kept.status();
  const std::string meta = database_.qualified("_spectradb_meta");
  sqlite3* db = database_.connection().handle();
  if (seal.empty()) {
    Query remove(db, "DELETE FROM " + meta + " WHERE name = ?1");
    return remove.bind(1, std::string_view(name)).run();
  }
  Query insert(db, "INSERT OR REPLACE INTO " + meta + "(name, value) VALUES (?1, ?2)");
  return insert.bind(1, std::string_view(name)).bind(2, std::string_view(seal)).run();
}

Status CatalogSeal::write_text(uint32_t table_id) {
  const Result<std::string> seal = compute_text(table_id);
  return seal ? put(name_of_text(table_id), *seal) : seal.status();
}

Status CatalogSeal::write() {
  if (!is_changed_ || is_broken_ || is_written_) return Status::ok();
  const Result<bool> there = database_.has_store();  // ROLLBACK TO may have taken everything back
  if (!there || !*there) return there.status();
  for (const uint32_t table_id : defined_) SPECTRADB_RETURN_IF_ERROR(write_text(table_id));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, compute());
  SPECTRADB_RETURN_IF_ERROR(put(kSealName, seal));
  is_written_ = true;
  return Status::ok();
}

Status CatalogSeal::check_texts(std::vector<std::string>* problems) {
  std::vector<std::pair<uint32_t, std::string>> tables;
  {
    Query query(database_.connection().handle(),
                "SELECT id, name FROM " + database_.qualified("_spectradb_tables") + " ORDER BY id");
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
      if (!row) break;
      tables.emplace_back(static_cast<uint32_t>(query.integer(0)), query.text(1));
    }
  }
  for (const auto& [id, name] : tables) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, database_.meta(name_of_text(id)));
    SPECTRADB_ASSIGN_OR_RETURN(const std::string now, compute_text(id));
    if (now.empty()) {
      problems->push_back("temporal table " + name + " of " + database_.schema() +
                          " is gone from the schema, but was not dropped");
    } else if (!kept.empty() && kept != now) {
      problems->push_back("the text of temporal table " + name + " of " + database_.schema() +
                          " is not that which it was made or altered by");
    }
  }
  return Status::ok();
}

Result<std::vector<std::string>> CatalogSeal::problems() {
  std::vector<std::string> problems;
  if (is_changed_) return problems;  // seals are written at COMMIT
  // What stands on a row keeps one snapshot, so that no other connection changes rows between them and their seal.
  Query snapshot(database_.connection().handle(), "SELECT 1 FROM " + database_.qualified("_spectradb_meta"));
  SPECTRADB_RETURN_IF_ERROR(snapshot.step().status());
  SPECTRADB_ASSIGN_OR_RETURN(const bool broken,
                             is_broken(database_.connection().handle(), database_.schema()));
  if (broken) {
    problems.push_back(
        "what " + database_.schema() +
        " says of its temporal tables is not what SpectraDB wrote there: a row of _spectradb_meta, "
        "_tables, _indexes, _columns or _repairs, or one of our tables, was changed by somebody else");
  }
  SPECTRADB_RETURN_IF_ERROR(check_texts(&problems));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> tables,
                             broken_own_tables(database_.connection().handle(), database_.schema()));
  for (const std::string& table : tables)
    problems.push_back("table " + table + " of " + database_.schema() +
                       " does not have the rows that SpectraDB wrote there: somebody else has changed it");
  return problems;
}

}  // namespace spectradb::extension
