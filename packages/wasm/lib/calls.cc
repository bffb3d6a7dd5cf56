// What JavaScript (interface.mjs) calls beside SQLite's own functions.
#include <sqlite3.h>

#include <cstring>

#include "extension/spectradb.h"

namespace {

constexpr size_t kJournalVersions = 18;  // in the header: who may write, and who may read
constexpr size_t kHeaderBytes = 100;
constexpr unsigned char kWriteAheadLog = 2;
constexpr unsigned char kRollbackJournal = 1;

// A database in memory has no write-ahead log; a file that had one says so, and would be refused.
void have_no_log(unsigned char* bytes, sqlite3_int64 size_bytes) {
  if (size_bytes < static_cast<sqlite3_int64>(kHeaderBytes)) return;
  for (size_t at = kJournalVersions; at < kJournalVersions + 2; ++at)
    if (bytes[at] == kWriteAheadLog) bytes[at] = kRollbackJournal;
}

}  // namespace

extern "C" {

// Opens a database in memory: a new one, or the one whose file has the `bytes`, which are SQLite's to free from here on. An
// SQLite code, with the message in *db, which is to be closed in any case.
int spectradb_wasm_open(unsigned char* bytes, int size_bytes, sqlite3** db) {
  int code = sqlite3_open(":memory:", db);
  if (code == SQLITE_OK && bytes != nullptr) {
    have_no_log(bytes, size_bytes);
    code = sqlite3_deserialize(*db, "main", bytes, size_bytes, size_bytes,
                               SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  } else {
    sqlite3_free(bytes);
  }
  if (code == SQLITE_OK) code = sqlite3_spectradb_init(*db, nullptr, nullptr);
  return code;
}

}  // extern "C"
