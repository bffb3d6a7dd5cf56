// What the extension keeps for one sqlite3*: its databases (main, temp, attached), its stores, the time that
// counts as "now". Used by the thread that uses the connection; the list of connections may be asked from any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "extension/host/api.h"
#include "lsm/store/store.h"

namespace spectradb::extension {

class Database;
class Table;

class Connection {
 public:
  explicit Connection(sqlite3* handle);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The connection of a handle on which the extension is loaded, else null.
  static Connection* of(sqlite3* handle);
  static void enlist(std::shared_ptr<Connection> connection);
  static void strike(sqlite3* handle);  // when SQLite closes it

  sqlite3* handle() const { return handle_; }

  // The database behind a schema name. Virtual tables keep it; between tables only the store stays open.
  std::shared_ptr<Database> database(std::string_view schema);

  // Stores stay open as long as the connection, also while SQLite reloads a schema and no table is connected.
  void keep_store(const std::string& schema, std::shared_ptr<lsm::Store> store);
  std::shared_ptr<lsm::Store> kept_store(const std::string& schema) const;  // null: there is none

  // Microseconds since the epoch; the same for one execution of one statement.
  int64_t statement_now();
  // What tells executions apart besides: cursors of our tables, and statements that were prepared (at an
  // address where another one may have been).
  void cursor_opened() {
    if (open_cursors_++ == 0) executions_.clear();
  }
  void cursor_closed() { --open_cursors_; }
  void statement_prepared(sqlite3_stmt* statement);

  // Temporal tables that are connected, for the catalog of the rewriter. Statements that are kept hold on to
  // tables as they were before the schema changed: find_table() gives the one that SQLite would use now.
  // Before add_table(), which cannot fail then.
  void make_room_for_table() {
    if (tables_.size() == tables_.capacity()) tables_.reserve(2 * tables_.size() + 1);
  }
  void add_table(Table* table) noexcept { tables_.push_back({table, std::nullopt}); }
  void remove_table(Table* table);
  const Table* find_table(std::string_view schema, std::string_view name);
  void table_planned(const Table* table) { planned_ = table; }
  // A table with indexed expressions was planned for.
  void expressions_planned() { may_say_expressions_ = true; }
  // Whether one was since this was last asked.
  bool take_expressions_planned() { return std::exchange(may_say_expressions_, false); }
  // After ALTER TABLE, tables as they were may still be connected, until a statement or the transaction ends.
  void tables_altered() { has_altered_ = true; }

  // Tables, as INSERT statements spell them, whose INSERTs need no rewriting. Forgotten when a statement of
  // this connection may change the schema; should another one change it, an INSERT is merely not helped with
  // DEFAULTs.
  bool needs_no_rewriting(std::string_view target) const {
    return plain_targets_.find(target) != plain_targets_.end();
  }
  void remember_target(std::string_view target);
  void forget_targets() { plain_targets_.clear(); }

  // What a feature keeps for this connection, of a type that is the feature's own: made when it is first asked for,
  // by Part(Connection&) where there is one, and kept as long as the connection.
  template <typename Part>
  Part& part() {
    static const char kind = 0;  // its address tells parts apart
    for (const KeptPart& kept : parts_)
      if (kept.kind == &kind) return *static_cast<Part*>(kept.part.get());
    std::shared_ptr<Part> made;
    if constexpr (std::is_constructible_v<Part, Connection&>) {
      made = std::make_shared<Part>(*this);
    } else {
      made = std::make_shared<Part>();
    }
    parts_.push_back({&kind, made});
    return *made;
  }

  // kBusy in a child of fork() that goes on with its parent's connection.
  Status check_process() const;

  int busy_timeout_ms();  // as PRAGMA busy_timeout says

 private:
  sqlite3* handle_;
  uint64_t generation_;  // of the process, when the connection was opened
  std::map<std::string, std::weak_ptr<Database>, std::less<>> databases_;
  std::map<std::string, std::shared_ptr<lsm::Store>> stores_;
  struct Connected {
    Table* table;
    std::optional<int64_t> schema_version;  // at which it is known to be the one of its name
  };
  std::vector<Connected> tables_;
  bool has_altered_ = false;
  bool may_say_expressions_ = false;
  const Table* planned_ = nullptr;  // by the last statement that was planned
  std::set<std::string, std::less<>> plain_targets_;
  struct Execution {  // one run of one prepared statement
    sqlite3_stmt* statement;
    int run;
    int64_t changes;  // of the connection, before the statement's own count
    int64_t now_us;
  };
  std::vector<Execution> executions_;  // the statements under way when "now" was last asked
  int open_cursors_ = 0;
  struct KeptPart {
    const void* kind;
    std::shared_ptr<void> part;
  };
  std::vector<KeptPart> parts_;
};

// Wall clock, microseconds since the epoch.
int64_t wall_clock_us();

}  // namespace spectradb::extension
