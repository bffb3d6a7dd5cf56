// The part that a database takes in a transaction which makes, renames or drops temporal tables. SQLite calls
// xBegin of a virtual table before it is written to, but not when it is made or dropped: such a table would
// not hear of the savepoints that are open already, and a dropped one of nothing any more. So a table of the
// connection's own, which holds no rows, joins the transaction and passes on what it hears. Used by the thread
// that uses the connection.
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

namespace spectradb::extension {

class Connection;
class Database;
class ModuleBuilder;

const std::string& transaction_table();

struct DroppedTable;

// INSERT INTO target (columns) SELECT columns FROM source, as far as it says which columns are whose.
struct ColumnCopy {
  std::string target;
  std::string source;
  std::vector<std::pair<std::string, std::string>> columns;  // of the target, and what it has from the source
};

// What the open transaction does to the schemas. Savepoints are not followed here: what was dropped, renamed or
// copied counts only where the tables of the database bear it out.
class Transaction {
 public:
  // The databases live at least as long as the transaction.
  const std::vector<std::shared_ptr<Database>>& databases() const { return databases_; }
  void add(std::shared_ptr<Database> database);
  void clear();

  void savepoint(int level);
  void release(int level);
  void rollback_to(int level);

  // Of temporal tables that are older than the transaction, by their ids.
  void renamed(const Database& database, uint32_t id, const std::string& old_name);
  void dropped(std::shared_ptr<const DroppedTable> table) { dropped_.push_back(std::move(table)); }
  const std::vector<std::shared_ptr<const DroppedTable>>& dropped() const { return dropped_; }
  // The name that the table had when the transaction began, if that was another one.
  std::optional<std::string> first_name(const Database& database, uint32_t id) const;

  // Of all tables, for who wants to know from which column another one was filled.
  void copied(ColumnCopy copy);
  void ordinary_renamed(const std::string& from, const std::string& to) { aliases_.emplace_back(from, to); }
  // The column of one of the tables `sources` that `column` of the table `target` was filled from; nothing where
  // no copy tells.
  std::optional<std::string> source_of(const std::string& target, const std::string& column,
                                       const std::vector<std::string>& sources) const;

 private:
  std::optional<std::string> trace(const std::string& target, const std::string& column,
                                   const std::vector<std::string>& sources, int depth) const;

  std::vector<std::shared_ptr<Database>> databases_;
  int innermost_ = -1;  // the level of the last savepoint that is open
  std::map<std::pair<const Database*, uint32_t>, std::string> first_names_;
  std::vector<std::shared_ptr<const DroppedTable>> dropped_;
  std::vector<ColumnCopy> copies_;
  std::vector<std::pair<std::string, std::string>>
      aliases_;  // the old name of an ordinary table, its new one
};

// From here on the database hears of every savepoint that the open transaction has, and of its end.
Status join_transaction(const std::shared_ptr<Database>& database);

// The table spectradb_transaction, through which SQLite tells of savepoints and of the end.
const ModuleBuilder& transaction_module();

}  // namespace spectradb::extension
