// The connection's part in a transaction that makes, renames or drops temporal tables. SQLite calls xBegin of
// a virtual table before it is written to, but not when it is made or dropped: a new table would not hear of
// the savepoints that are open already, and a dropped one of nothing any more. So a table of the connection's
// own, which holds no rows, joins the transaction and passes on what SQLite tells it. Used by the thread that
// uses the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/session/table_origins.h"

namespace spectradb::extension {

class Connection;
class Database;
class ModuleBuilder;

const std::string& transaction_table();

struct DroppedTable;

// What the open transaction does to the schemas. Of savepoints it follows those that it hears of: a drop, rename or copy
// counts only where the tables of the database confirm it.
class Transaction {
 public:
  // The databases live at least as long as the transaction.
  const std::vector<std::shared_ptr<Database>>& databases() const { return databases_; }
  void add(std::shared_ptr<Database> database);
  void clear();

  void savepoint(int level);
  void release(int level);
  void rollback_to(int level);

  // Notes the renaming of a temporal table that is older than the transaction, by its id.
  void renamed(const Database& database, uint32_t id, const std::string& old_name);
  void dropped(std::shared_ptr<const DroppedTable> table) { dropped_.push_back(std::move(table)); }
  const std::vector<std::shared_ptr<const DroppedTable>>& dropped() const { return dropped_; }
  // Returns the name that the table had when the transaction began, if it was another one.
  std::optional<std::string> first_name(const Database& database, uint32_t id) const;

  TableOrigins& origins() { return origins_; }
  const TableOrigins& origins() const { return origins_; }

 private:
  void drop_marks(int level);

  std::vector<std::shared_ptr<Database>> databases_;
  int innermost_ = -1;  // the level of the innermost open savepoint
  std::map<std::pair<const Database*, uint32_t>, std::string> first_names_;
  std::vector<std::shared_ptr<const DroppedTable>> dropped_;
  TableOrigins origins_;
  // The savepoints that were heard of, and how far origins_ went then.
  std::vector<std::pair<int, size_t>> marks_;
};

// From now on the database hears of every savepoint of the open transaction, and of its end.
Status join_transaction(const std::shared_ptr<Database>& database);

// The table spectradb_transaction, by which SQLite tells us of savepoints and of the end.
const ModuleBuilder& transaction_module();

}  // namespace spectradb::extension
