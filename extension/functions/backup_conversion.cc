#include "extension/functions/backup_conversion.h"

#include "extension/access/own_tables.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/session/catalog_seal.h"
#include "extension/session/commit_table.h"
#include "extension/session/database.h"
#include "extension/session/formats.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/sql_store_rows.h"
#include "extension/session/store_storage.h"
#include "extension/session/text_seal.h"
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
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_broken, CatalogSeal::is_broken(db_, kMain));
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
    if (is_broken) return Status::ok();  // the copy's check still reports earlier edits
    SPECTRADB_RETURN_IF_ERROR(seal_what_has_none());
    SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, CatalogSeal::of(db_, kMain));
    return set_meta(kSealName, seal);
  }

 private:
  Result<bool> has_ledger_format() {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string format, meta_of(db_, kMain, "format"));
    return keeps_ledger(format);
  }

  // Of a database of a release that knew no seals, or not from where on commits have them.
  Status seal_what_has_none() {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string from, meta_of(db_, kMain, kSealedFromName));
    if (from.empty()) {
      SPECTRADB_ASSIGN_OR_RETURN(const uint64_t first, CommitTable::first_sealed(db_, kMain));
      SPECTRADB_RETURN_IF_ERROR(set_meta(kSealedFromName, std::to_string(first)));
      SPECTRADB_RETURN_IF_ERROR(seal_unsealed_own_tables(db_, kMain));
    }
    std::vector<uint32_t> ids;
    {
      Query query(db_,
                  "SELECT id FROM main._spectradb_tables WHERE NOT EXISTS (SELECT 1 FROM "
                  "main._spectradb_meta WHERE name = 'seal/' || id)");
      for (;;) {
        SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
        if (!row) break;
        ids.push_back(static_cast<uint32_t>(query.integer(0)));
      }
    }
    for (const uint32_t id : ids) {
      SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, seal_of_text(db_, kMain, id));
      if (!seal.empty()) SPECTRADB_RETURN_IF_ERROR(set_meta(name_of_text(id), seal));
    }
    return Status::ok();
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
    return rows.forget_frames(committed.commit, lsm::kAllFrames).status();
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
    SPECTRADB_RETURN_IF_ERROR(rows.forget_frames(committed.commit, lsm::kAllFrames).status());
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
