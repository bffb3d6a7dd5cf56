// Statements that hosts keep while the schema changes. SQLite prepares a kept statement again by itself, from
// the text that it was given: where that text was rewritten, with the columns, the DEFAULTs and the views of a
// schema that is no more. So the statements that were rewritten, or would be now, are known here by what the
// host had asked for. When one of them was prepared again, what it asked for is rewritten anew; where that
// gives another text, SQLite gets this one to keep (saved_text.h) and prepares the statement once more.
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

  // `statement` was prepared from `asked`, or from what that was rewritten to.
  void keep(sqlite3_stmt* statement, std::string_view asked);
  // A host got `text` for `asked`, and prepares it itself.
  void offer(const std::string& text, std::string_view asked);

  // What tables tell: SQLite plans to read one; one was connected or disconnected.
  void planned() { may_be_stale_ = may_be_stale_ || preparing_ == 0; }
  void schema_changed() { may_be_stale_ = true; }

  // kStale, which makes SQLite prepare again, when the statement under way was prepared from a text that is not
  // right any more. To be asked before anything is read or written for it. Another error when it cannot be
  // rewritten: the text asks for what is not there any more.
  Status check() { return may_be_stale_ || refused_ > 0 ? look() : Status::ok(); }
  // The same, asked by functions that run in statements that may have no temporal table, and by tables that
  // see an INSERT, which SQLite plans without asking them.
  Status look() { return look_at(false); }
  // The same when a text is known to be stale, whether or not SQLite prepared it again.
  Status look_closely() { return look_at(true); }

  // Of a statement whose first step failed: whether the text that SQLite keeps was stale. Then it is right now,
  // and the step is to be repeated. nullopt when the statement is none of ours; an error when it cannot be
  // rewritten any more.
  std::optional<Result<bool>> renew_failed(sqlite3_stmt* statement);

  // Of a statement that is about to run: makes it right if it defines something, as CREATE TABLE does, or is a PRAGMA
  // that asks for a table. What that means depends on the schema, and SQLite runs most of it without asking us.
  Status renew_definition(sqlite3_stmt* statement);
  // Whether any connection of the process keeps one.
  static bool is_pragma(const char* text);
  static bool is_any_definition() { return definitions_.load(std::memory_order_relaxed) > 0; }

  // While the extension itself prepares, for whatever reason.
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
    size_t text_hash =
        0;              // of the text that SQLite keeps: another one's statement may be at that address now
    std::string asked;  // empty: the same text
    int prepared_again = 0;  // SQLITE_STMTSTATUS_REPREPARE when the text was looked at
    bool is_definition = false;
    bool is_refused = false;  // what it asks for is not there, but its old text may still run
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
  size_t most_kept_ = 256;  // then those that were finalized are looked for
  std::unordered_map<std::string, std::string> offered_;
  std::deque<std::string> offered_in_order_;
  bool may_be_stale_ = false;
  int refused_ = 0;
  static std::atomic<int> definitions_;
  int preparing_ = 0;
};

}  // namespace spectradb::extension
