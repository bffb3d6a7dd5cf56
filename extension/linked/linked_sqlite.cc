// What stands in the static library instead of the loader's part (host/second_sqlite.h, front/prepare_hook.h): SQLite is
// compiled into the host, so there is one copy of it, its calls go through no slots that could be redirected, and its
// routines are those that the host was linked with.
#include "extension/front/prepare_hook.h"
#include "extension/host/api.h"
#include "extension/host/second_sqlite.h"

extern "C" {
extern const sqlite3_api_routines spectradb_linked_routines;  // routines.cmake writes it
const sqlite3_api_routines* sqlite3_api = &spectradb_linked_routines;
}

namespace spectradb::extension {

// A table that the host gives is not looked at: an SQLite without loadable extensions has none.
int choose_module(const sqlite3_api_routines*, const ModuleCopy** copy, char**) {
  *copy = nullptr;
  return SQLITE_OK;
}

const ModuleCopy* copy_with(sqlite3*) { return nullptr; }

int code_of_loading() { return SQLITE_OK; }

void install_prepare_hook() {}

}  // namespace spectradb::extension
