// The part that a database takes in a transaction which makes, renames or drops temporal tables. SQLite calls
// xBegin of a virtual table before it is written to, but not when it is made or dropped: such a table would
// not hear of the savepoints that are open already, and a dropped one of nothing any more. So a table of the
// connection's own, which holds no rows, joins the transaction and passes on what it hears. Used by the thread
// that uses the connection.
#pragma once

#include <memory>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;
class Database;

// The databases whose schema the open transaction changes: they live at least as long as it.
class Transaction {
 public:
  const std::vector<std::shared_ptr<Database>>& databases() const { return databases_; }
  void add(std::shared_ptr<Database> database);
  void clear();

  void savepoint(int level);
  void release(int level);
  void rollback_to(int level);

 private:
  std::vector<std::shared_ptr<Database>> databases_;
  int innermost_ = -1;  // the level of the last savepoint that is open
};

// From here on the database hears of every savepoint that the open transaction has, and of its end.
Status join_transaction(const std::shared_ptr<Database>& database);

Status register_transaction(Connection& connection);

}  // namespace spectradb::extension
