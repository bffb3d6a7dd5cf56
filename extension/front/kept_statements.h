// Statements that hosts keep while the schema changes. SQLite prepares a kept statement again by itself, from
// the text that it was given. If that was rewritten, it has the columns, DEFAULTs and views of an old schema.
// So this class knows what the host had asked for, for every statement that was rewritten, or would be
// rewritten now. When SQLite has prepared one of them again, the host's text is rewritten again. If that
// gives another text, SQLite gets it to keep (saved_text.h), and prepares the statement once more.
//
// One for each connection, used by its thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;

class KeptStatements {
 public:
  explicit KeptStatements(Connection& connection) : connection_(connection) {}
  ~KeptStatements();
  KeptStatements(const KeptStatements&) = delete;
  KeptStatements& operator=(const KeptStatements&) = delete;

  // `statement` was prepared from `asked`, or from the text that this was rewritten to.
  void keep(sqlite3_stmt* statement, std::string_view asked);
  // A host got `text` for `asked`, and will prepare it itself.
  void offer(const std::string& text, std::string_view asked);

  // Tables call it when SQLite plans to read one, or connects or disconnects one.
  void planned() { may_be_stale_ = may_be_stale_ || preparing_ == 0; }
  void schema_changed() { may_be_stale_ = true; }

  // kStale, which makes SQLite prepare again, when the running statement was prepared from an outdated text.
  // Call it before anything is read or written for the statement. Another error when the text cannot be
  // rewritten any more, since it asks for what is gone.
  Status check() { return may_be_stale_ || refused_ > 0 ? look() : Status::ok(); }
  // The same check, for functions in statements that may have no temporal table, and for tables that see an
  // INSERT, which SQLite plans without asking them.
  Status look() { return look_at(false); }
  // The same check when a text is known to be stale, whether or not SQLite prepared it again.
  Status look_closely() { return look_at(true); }

  // For a statement whose first step failed: returns whether the text that SQLite keeps was stale; then it is
  // right now, and the step must be repeated. Returns nullopt when the statement is not one of these, and an
  // error when it cannot be rewritten any more.
  std::optional<Result<bool>> renew_failed(sqlite3_stmt* statement);

  // For a statement that is about to run: updates it if it defines something, as CREATE TABLE does, or is a
  // PRAGMA about a table. Its meaning depends on the schema, and SQLite runs most of it without asking us.
  Status renew_definition(sqlite3_stmt* statement);
  // is_any_definition() tells whether any connection of the process keeps such a statement.
  static bool is_pragma(const char* text);
  static bool is_any_definition() { return definitions_.load(std::memory_order_relaxed) > 0; }

  // Marks the time in which the extension itself prepares statements.
  class Preparing {
   public:
    explicit Preparing(KeptStatements& kept) : kept_(kept) { ++kept_.preparing_; }
    ~Preparing() { --kept_.preparing_; }
    Preparing(const Preparing&) = delete;
    Preparing& operator=(const Preparing&) = delete;

   private:
    KeptStatements& kept_;
  };

 private:
  struct Kept {
    // A hash of the text that SQLite keeps: another statement may have the address now.
    size_t text_hash = 0;
    std::string asked;       // empty: the same text
    int prepared_again = 0;  // SQLITE_STMTSTATUS_REPREPARE at the last look
    bool is_definition = false;
    bool is_refused = false;  // what it asks for is gone, but its old text may still run
  };

  Status look_at(bool closely);
  Kept* find(sqlite3_stmt* statement);
  Result<bool> renew(sqlite3_stmt* statement, Kept& kept);
  Result<bool> renew_text(sqlite3_stmt* statement, Kept& kept);
  void set_refused(Kept& kept, bool is_refused);
  void forget(const Kept& kept);
  void forget_finalized();

  Connection& connection_;
  std::unordered_map<sqlite3_stmt*, Kept> kept_;
  size_t most_kept_ = 256;  // with more, finalized ones are looked for and removed
  std::unordered_map<std::string, std::string> offered_;
  std::deque<std::string> offered_in_order_;
  bool may_be_stale_ = false;
  int refused_ = 0;
  static std::atomic<int> definitions_;
  int preparing_ = 0;
};

}  // namespace spectradb::extension
