#include "extension/session/transaction_drops.h"

#include "extension/host/api.h"
#include "extension/session/connection.h"
#include "extension/session/transaction.h"

namespace spectradb::extension {

void note_drop(std::shared_ptr<Database> database, const Definition& definition) {
  const bool has_history = database->is_older_than_transaction(definition.schema.id);
  const std::string schema = database->schema();
  Transaction& transaction = database->connection().part<Transaction>();
  const std::string name =
      transaction.first_name(*database, definition.schema.id).value_or(definition.schema.name);
  auto dropped =
      std::make_shared<const DroppedTable>(DroppedTable{std::move(database), name, definition, has_history});
  transaction.origins().dropped(origin_name(schema, definition.schema.name), dropped.get());
  transaction.dropped(std::move(dropped));
}

void note_rename(Database& database, uint32_t id, const std::string& old_name, const std::string& new_name) {
  Transaction& transaction = database.connection().part<Transaction>();
  transaction.origins().renamed(origin_name(database.schema(), old_name),
                                origin_name(database.schema(), new_name));
  if (database.is_older_than_transaction(id)) transaction.renamed(database, id, old_name);
}

namespace {

Result<std::shared_ptr<const DroppedTable>> find_dropped_as(Database& database, const std::string& name,
                                                            bool by_last_name) {
  const auto& all = database.connection().part<Transaction>().dropped();
  std::shared_ptr<const DroppedTable> found;
  for (auto table = all.rbegin(); table != all.rend(); ++table) {
    const std::string& known = by_last_name ? (*table)->definition.schema.name : (*table)->name;
    if ((*table)->database.get() != &database || sqlite3_stricmp(known.c_str(), name.c_str()) != 0) continue;
    if (found != nullptr && !(*table)->has_history) continue;
    Result<bool> is_back = database.has_table_id((*table)->definition.schema.id);  // by ROLLBACK TO
    if (!is_back) return is_back.status();
    if (*is_back) continue;
    found = *table;
    if (found->has_history) break;
  }
  return found;
}

}  // namespace

// By the name that it had when the transaction began, or else by that under which it was dropped.
Result<std::shared_ptr<const DroppedTable>> find_dropped(Database& database, const std::string& name) {
  SPECTRADB_ASSIGN_OR_RETURN(auto found, find_dropped_as(database, name, false));
  if (found != nullptr) return found;
  return find_dropped_as(database, name, true);
}

}  // namespace spectradb::extension
