#include "extension/functions/backup_conversion.h"

#include "extension/access/own_tables.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/session/catalog_seal.h"
#include "extension/session/commit_table.h"
#include "extension/session/database.h"
#include "extension/session/formats.h"
#include "extension/session/sql_store_rows.h"
#include "extension/session/store_storage.h"
#include "lsm/store/conversion.h"
#include "temporal/fact.h"

namespace spectradb::extension {

namespace {

constexpr const char* kMain = "main";

// A connection to the copy, by plain SQLite: its temporal tables are not opened.
class Copy {
 public:
  ~Copy() { sqlite3_close(db_); }
  Copy() = default;
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  Status open(const std::string& file) {
    const int code =
        sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) return status_of_sqlite(db_, code);
    SPECTRADB_RETURN_IF_ERROR(OwnTables(db_, kMain).check_kinds());
    SPECTRADB_RETURN_IF_ERROR(OwnTables(db_, kMain).check_triggers());
    return execute(db_, "BEGIN IMMEDIATE");
  }
  sqlite3* handle() const { return db_; }

  // Does everything about the conversion except the store itself, which `work` reads or writes.
  Status convert(std::string_view storage, const std::function<Status(SqlStoreRows&)>& work) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_sealed, is_catalog_sealed());
    SPECTRADB_RETURN_IF_ERROR(CommitTable(db_, kMain).add_seals());
    {
      SqlStoreRows rows(db_, kMain);
      SPECTRADB_RETURN_IF_ERROR(work(rows));
    }
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_ledger, has_ledger_format());
    if (!has_ledger)
      SPECTRADB_RETURN_IF_ERROR(set_meta("format", storage == kRowsStorage ? kRowsFormat : kFormat));
    if (storage == kRowsStorage) {
      SPECTRADB_RETURN_IF_ERROR(set_meta(kStorage, storage));
    } else {
      SPECTRADB_RETURN_IF_ERROR(execute(db_, "DELETE FROM main._spectradb_meta WHERE name = 'storage'"));
    }
    if (!is_sealed) return Status::ok();  // the copy's check still reports earlier edits
    SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, CatalogSeal::of(db_, kMain));
    return set_meta("seal", seal);
  }

 private:
  Result<bool> has_ledger_format() {
    Query query(db_, "SELECT value FROM main._spectradb_meta WHERE name = 'format'");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, query.step());
    return is_there && keeps_ledger(query.text(0));
  }

  Result<bool> is_catalog_sealed() {
    Query kept(db_, "SELECT value FROM main._spectradb_meta WHERE name = 'seal'");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, kept.step());
    if (!is_there) return false;
    SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, CatalogSeal::of(db_, kMain));
    return kept.text(0) == seal;
  }

  Status set_meta(std::string_view name, std::string_view value) {
    Query query(db_, "INSERT OR REPLACE INTO main._spectradb_meta(name, value) VALUES (?1, ?2)");
    return query.bind(1, name).bind(2, value).run();
  }

  sqlite3* db_ = nullptr;
};

lsm::StoreOptions options_of(const CopiedDatabase& copy) {
  lsm::StoreOptions options;
  options.file_system = copy.files;
  options.directory = copy.store;
  options.properties = &temporal::fact_properties();
  options.background = false;
  return options;
}

}  // namespace

Result<uint64_t> move_store_into(const CopiedDatabase& copy, const std::function<bool()>& is_interrupted) {
  Copy database;
  SPECTRADB_RETURN_IF_ERROR(database.open(copy.file));
  const auto take_in = [&](SqlStoreRows& rows) -> Status {
    SPECTRADB_RETURN_IF_ERROR(rows.create());
    SPECTRADB_ASSIGN_OR_RETURN(const lsm::Committed committed,
                               Database::committed_by(database.handle(), kMain));
    SPECTRADB_RETURN_IF_ERROR(lsm::convert_to_rows(options_of(copy), committed, rows, is_interrupted));
    return rows.forget_frames(committed.commit);
  };
  SPECTRADB_RETURN_IF_ERROR(database.convert(kRowsStorage, take_in));
  uint64_t bytes = 0;
  {
    Query sum(database.handle(), "SELECT sum(length(data)) FROM main._spectradb_blocks");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, sum.step());
    if (is_there) bytes = static_cast<uint64_t>(sum.integer(0));
  }
  SPECTRADB_RETURN_IF_ERROR(execute(database.handle(), "COMMIT"));
  return bytes;
}

Result<uint64_t> move_store_out(const CopiedDatabase& copy, const std::function<bool()>& is_interrupted) {
  Copy database;
  SPECTRADB_RETURN_IF_ERROR(database.open(copy.file));
  const auto take_out = [&](SqlStoreRows& rows) -> Status {
    SPECTRADB_ASSIGN_OR_RETURN(const lsm::Committed committed,
                               Database::committed_by(database.handle(), kMain));
    SPECTRADB_RETURN_IF_ERROR(lsm::convert_to_directory(rows, {committed.commit, committed.frame},
                                                        options_of(copy), is_interrupted));
    SPECTRADB_RETURN_IF_ERROR(rows.forget_frames(committed.commit));
    return rows.drop();
  };
  SPECTRADB_RETURN_IF_ERROR(database.convert(kDirectoryStorage, take_out));
  SPECTRADB_RETURN_IF_ERROR(execute(database.handle(), "COMMIT"));
  uint64_t bytes = 0;
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names, copy.files->list(copy.store));
  for (const std::string& name : names) {
    SPECTRADB_ASSIGN_OR_RETURN(const auto file, copy.files->open(copy.store + "/" + name));
    bytes += file->size();
  }
  return bytes;
}

}  // namespace spectradb::extension
