// What the extension keeps for one sqlite3*: its databases (main, temp, attached), its stores, and the time
// that counts as "now". Used by the thread that uses the connection; any thread may look into the list of
// connections.
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

  // Returns the connection of a handle on which the extension is loaded, else null.
  static Connection* of(sqlite3* handle);
  static void enlist(std::shared_ptr<Connection> connection);
  static void strike(sqlite3* handle);  // removes it when SQLite closes it

  sqlite3* handle() const { return handle_; }

  // Returns the database behind a schema name. Virtual tables hold it; while there are none, only the store
  // stays open.
  std::shared_ptr<Database> database(std::string_view schema);

  // Keeps the store open as long as the connection, even while SQLite reloads a schema and no table is
  // connected.
  void keep_store(const std::string& schema, std::shared_ptr<lsm::Store> store);
  std::shared_ptr<lsm::Store> kept_store(const std::string& schema) const;  // null: there is none

  // Microseconds since the epoch; the same for one execution of one statement.
  int64_t statement_now();
  // Events that help to tell executions apart: opened cursors of our tables, and prepared statements (which
  // may have the address of an older one).
  void cursor_opened() {
    if (open_cursors_++ == 0) executions_.clear();
  }
  void cursor_closed() { --open_cursors_; }
  void statement_prepared(sqlite3_stmt* statement);

  // Temporal tables that are connected, for the rewriter's catalog. Kept statements hold tables as they were
  // before the schema changed; find_table() returns the one that SQLite would use now. make_room_for_table()
  // comes before add_table(), which then cannot fail.
  void make_room_for_table() {
    if (tables_.size() == tables_.capacity()) tables_.reserve(2 * tables_.size() + 1);
  }
  void add_table(Table* table) noexcept { tables_.push_back({table, std::nullopt}); }
  void remove_table(Table* table);
  const Table* find_table(std::string_view schema, std::string_view name);
  void table_planned(const Table* table) { planned_ = table; }
  // SQLite has planned a read of a table with indexed expressions.
  void expressions_planned() { may_say_expressions_ = true; }
  // Whether that has happened since the last call.
  bool take_expressions_planned() { return std::exchange(may_say_expressions_, false); }
  // After ALTER TABLE, old versions of tables may still be connected until a statement or the transaction
  // ends.
  void tables_altered() { has_altered_ = true; }

  // Tables, as INSERT statements spell them, whose INSERTs need no rewriting. They are forgotten when a
  // statement of this connection may change the schema. If another connection changes it, the only harm is
  // that DEFAULTs of an INSERT are not filled in by the rewriter.
  bool needs_no_rewriting(std::string_view target) const {
    return plain_targets_.find(target) != plain_targets_.end();
  }
  void remember_target(std::string_view target);
  void forget_targets() { plain_targets_.clear(); }

  // Returns what a feature keeps for this connection, as a type of the feature's own. It is made at the first
  // call, by Part(Connection&) where there is such a constructor, and kept as long as the connection.
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

  // kBusy in a child of fork() that uses its parent's connection.
  Status check_process() const;

  int busy_timeout_ms();  // as PRAGMA busy_timeout says

 private:
  sqlite3* handle_;
  uint64_t generation_;  // of the process, when the connection was opened
  std::map<std::string, std::weak_ptr<Database>, std::less<>> databases_;
  std::map<std::string, std::shared_ptr<lsm::Store>> stores_;
  struct Connected {
    Table* table;
    // The schema version at which it is known to be the database of its name.
    std::optional<int64_t> schema_version;
  };
  std::vector<Connected> tables_;
  bool has_altered_ = false;
  bool may_say_expressions_ = false;
  const Table* planned_ = nullptr;  // the table that the last plan was made for
  std::set<std::string, std::less<>> plain_targets_;
  struct Execution {  // one run of one prepared statement
    sqlite3_stmt* statement;
    int run;
    int64_t changes;  // the connection's changes before the statement's own
    int64_t now_us;
  };
  std::vector<Execution> executions_;  // statements that were running when "now" was last asked
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
