// Virtual-table modules. ModuleBuilder is the only way to make one; it wraps each callback so that an
// exception never reaches SQLite. Used by the thread that uses the connection.
#pragma once

#include <new>
#include <string>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;

// Wraps kCallback, of any type in sqlite3_module that returns a code, as a function that does not throw. The
// message of a caught exception is lost here: callbacks that have a place for one use guarded()
// (extension/host/errors.h).
template <auto kCallback>
struct Guard;
template <typename... Arguments, int (*kCallback)(Arguments...)>
struct Guard<kCallback> {
  static int call(Arguments... arguments) noexcept {
    try {
      return kCallback(arguments...);
    } catch (const std::bad_alloc&) {
      return SQLITE_NOMEM;
    } catch (...) {
      return SQLITE_ERROR;
    }
  }
};
template <typename... Arguments, void (*kCallback)(Arguments...)>
struct Guard<kCallback> {
  static void call(Arguments... arguments) noexcept {
    try {
      kCallback(arguments...);
    } catch (...) {  // there is nobody to tell
    }
  }
};

class ModuleBuilder {
 public:
  explicit constexpr ModuleBuilder(int version = 1) {
    module_.iVersion = version;
  }  // 2: savepoints, 3: shadow names

  template <auto kCreate, auto kConnect>
  constexpr ModuleBuilder& made_by() {  // CREATE VIRTUAL TABLE, and opening what was made
    module_.xCreate = Guard<kCreate>::call;
    module_.xConnect = Guard<kConnect>::call;
    return *this;
  }
  template <auto kConnect>
  constexpr ModuleBuilder& eponymous() {
    module_.xConnect = Guard<kConnect>::call;
    return *this;
  }
  template <auto kDisconnect, auto kDestroy = kDisconnect>
  constexpr ModuleBuilder& ended_by() {
    module_.xDisconnect = Guard<kDisconnect>::call;
    module_.xDestroy = Guard<kDestroy>::call;
    return *this;
  }
  template <auto kBestIndex>
  constexpr ModuleBuilder& planned_by() {
    module_.xBestIndex = Guard<kBestIndex>::call;
    return *this;
  }
  template <auto kOpen, auto kClose, auto kFilter, auto kNext, auto kEof, auto kColumn>
  constexpr ModuleBuilder& read_by() {
    module_.xOpen = Guard<kOpen>::call;
    module_.xClose = Guard<kClose>::call;
    module_.xFilter = Guard<kFilter>::call;
    module_.xNext = Guard<kNext>::call;
    module_.xEof = Guard<kEof>::call;
    module_.xColumn = Guard<kColumn>::call;
    module_.xRowid = [](sqlite3_vtab_cursor*, sqlite3_int64*) {
      return SQLITE_ERROR;
    };  // unless numbered_by(), all are WITHOUT ROWID
    return *this;
  }
  template <auto kRowid>
  constexpr ModuleBuilder& numbered_by() {
    module_.xRowid = Guard<kRowid>::call;
    return *this;
  }
  // For tables that are written and never read: kBestIndex reports that, and every later callback fails.
  template <auto kBestIndex>
  constexpr ModuleBuilder& never_read() {
    planned_by<kBestIndex>();
    module_.xOpen = [](sqlite3_vtab*, sqlite3_vtab_cursor**) { return SQLITE_ERROR; };
    module_.xClose = [](sqlite3_vtab_cursor*) { return SQLITE_OK; };
    module_.xFilter = [](sqlite3_vtab_cursor*, int, const char*, int, sqlite3_value**) {
      return SQLITE_ERROR;
    };
    module_.xNext = [](sqlite3_vtab_cursor*) { return SQLITE_ERROR; };
    module_.xEof = [](sqlite3_vtab_cursor*) { return 1; };
    module_.xColumn = [](sqlite3_vtab_cursor*, sqlite3_context*, int) { return SQLITE_ERROR; };
    module_.xRowid = [](sqlite3_vtab_cursor*, sqlite3_int64*) { return SQLITE_ERROR; };
    return *this;
  }
  template <auto kUpdate>
  constexpr ModuleBuilder& written_by() {
    module_.xUpdate = Guard<kUpdate>::call;
    return *this;
  }
  template <auto kBegin, auto kSync, auto kCommit, auto kRollback>
  constexpr ModuleBuilder& transactions() {
    module_.xBegin = Guard<kBegin>::call;
    module_.xSync = Guard<kSync>::call;
    module_.xCommit = Guard<kCommit>::call;
    module_.xRollback = Guard<kRollback>::call;
    return *this;
  }
  template <auto kSavepoint, auto kRelease, auto kRollbackTo>
  constexpr ModuleBuilder& savepoints() {
    module_.xSavepoint = Guard<kSavepoint>::call;
    module_.xRelease = Guard<kRelease>::call;
    module_.xRollbackTo = Guard<kRollbackTo>::call;
    return *this;
  }
  // Sets the callback that says for which conditions the table can use an index; it must not throw.
  constexpr ModuleBuilder& overloads_by(int (*find)(sqlite3_vtab*, int, const char*,
                                                    void (**)(sqlite3_context*, int, sqlite3_value**),
                                                    void**) noexcept) {
    module_.xFindFunction = find;
    return *this;
  }
  template <auto kRename>
  constexpr ModuleBuilder& renamed_by() {
    module_.xRename = Guard<kRename>::call;
    return *this;
  }
  template <auto kShadowName>
  constexpr ModuleBuilder& shadows() {
    module_.xShadowName = Guard<kShadowName>::call;
    return *this;
  }

 private:
  friend Status register_module(Connection& connection, const char* name, const ModuleBuilder& module,
                                void* aux, void (*destroy)(void*));
  sqlite3_module module_{};
};

// Calls sqlite3_declare_vtab() without the host's authorizer, since the text is ours. For xCreate and
// xConnect.
Status declare_columns(sqlite3* db, const std::string& declaration);

// `module` stays alive. `aux` is passed to the callbacks (the connection when null); SQLite calls `destroy`
// with it when it closes the connection, and also when this call fails.
Status register_module(Connection& connection, const char* name, const ModuleBuilder& module,
                       void* aux = nullptr, void (*destroy)(void*) = nullptr);

}  // namespace spectradb::extension
