// The gate between a connection's statements and the host's authorizer.
//
// SQLite asks an authorizer about each statement that it compiles. Temporal tables are virtual: their DDL,
// RETURNING and functions become statements of another form, and many of our own statements use tables of our
// own. A host that allows its users some tables cannot know all that, and would not be asked what it wants to
// know. So the gate takes the authorizer's place:
//
//   a statement of ours                 is not asked about
//   a rewritten statement of the user's is asked about as the user has written it, as of an ordinary table
//   what our functions do               (history, backup, ALTER …) is asked here, in the words of SQLite's actions
//
// The gate takes this place when the extension is loaded, if the host has set an authorizer, and whenever the
// host sets one, if sqlite3_set_authorizer() is redirected (extension/front/prepare_hook.h). Where it is not
// redirected, SQLite asks the host about everything, and the questions of our functions are additional. Used
// by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/access/lock.h"
#include "extension/host/handle_fields.h"

namespace spectradb::extension {

class Connection;
class Table;

class Gate {
 public:
  explicit Gate(sqlite3* db) : db_(db) {}
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // The gate of a connection on which the extension is loaded, else null. Any thread.
  static Gate* of(sqlite3* db);
  // Makes the connection's gate, which lives as long as its functions.
  static Status install(sqlite3* db);

  // What sqlite3_set_authorizer() does for the host.
  static int set_authorizer(sqlite3* db, HostAuthorizer::Callback callback, void* argument);

  // Whether the host has set an authorizer.
  bool has_host() const { return host().callback != nullptr; }
  // Returns the host's answer: SQLITE_OK, SQLITE_DENY or SQLITE_IGNORE. Arguments are null where SQLite's
  // are.
  int ask(int action, const char* first, const char* second, const char* schema) const;

  // Does spectradb_lock(), until the connection is closed. A second call can lower limits.
  Status lock(Lock::Mode mode, Lock::Limits limits);
  Lock* lock() const { return lock_.get(); }
  // What sqlite3_progress_handler() does for the host.
  static void set_progress(sqlite3* db, int steps, HostProgress::Callback callback, void* argument);

  // Connected tables, whose hidden columns the gate knows.
  void add_table(const Table* table) { tables_.push_back(table); }
  void remove_table(const Table* table);

  // What the statement being prepared is, if the rewriter has changed it.
  enum class Rewritten : uint8_t { kNot, kCreateTable, kIndex, kExpression, kRanking, kUpsert, kPragma };
  class RewrittenScope {
   public:
    RewrittenScope(Gate* gate, Rewritten rewritten) : gate_(gate) {
      if (gate_ != nullptr) gate_->rewritten_ = rewritten;
    }
    ~RewrittenScope() {
      if (gate_ != nullptr) gate_->rewritten_ = Rewritten::kNot;
    }
    RewrittenScope(const RewrittenScope&) = delete;
    RewrittenScope& operator=(const RewrittenScope&) = delete;

   private:
    Gate* gate_;
  };

 private:
  struct Question {
    int action;
    const char* first;
    const char* second;
    const char* schema;
    const char* context;  // the innermost trigger or view
  };

  static int answer(void* gate, int action, const char* first, const char* second, const char* schema,
                    const char* context);
  int answer(const Question& question) const;
  int answer_read(const Question& question) const;
  int answer_each(const Question& question, const std::vector<std::string>& columns) const;
  int pass_on(const Question& question) const;
  HostAuthorizer host() const;
  const Table* find_table(const char* schema, const char* name) const;
  int stand();  // takes the authorizer's place, or leaves it, as needed

  sqlite3* db_;
  HostAuthorizer host_;  // as far as the host has told us
  std::vector<const Table*> tables_;
  Rewritten rewritten_ = Rewritten::kNot;
  std::unique_ptr<Lock> lock_;
};

// Asks whether a function may do an action. kInvalid: not authorized.
Status ask_permission(sqlite3* db, int action, const char* first, const char* second, const char* schema);

// Asks whether a function may show the columns of a table; returns for each whether it must be shown as NULL
// (SQLITE_IGNORE). Empty: all may be shown.
Result<std::vector<bool>> ask_to_read(sqlite3* db, const std::string& schema, const std::string& table,
                                      const std::vector<std::string>& columns);

// Asks about a statement, or each of several, without running it.
Status ask_for_statement(sqlite3* db, const std::string& sql);
Status ask_for_script(sqlite3* db, const std::string& sql);

}  // namespace spectradb::extension
