// Foreign keys over time: at every instant of a row's valid time there must be a row that it refers to, at
// the latest system time. Checked for what a transaction wrote when it commits, if PRAGMA foreign_keys is on,
// as SQLite checks those that are DEFERRABLE INITIALLY DEFERRED; ON DELETE and ON UPDATE act at once. Used by
// the thread that uses the connection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facet/commit_part.h"
#include "extension/write/foreign_key_actions.h"
#include "extension/write/foreign_key_link.h"
#include "extension/write/reference_recorder.h"

namespace spectradb::extension {

class Database;
class SchemaChange;
class Table;

class ForeignKeys : public CommitPart {
 public:
  explicit ForeignKeys(Database& database);
  ~ForeignKeys() override;

  // Checks the facts of the open transaction. kConstraint names the row that refers to nothing; kInvalid a
  // foreign key that cannot be checked.
  Status check_facts() override;

  // Returns the foreign keys whose ON DELETE or ON UPDATE must hear of what happens to the rows of a table;
  // null for none, or where foreign keys are off.
  Result<std::shared_ptr<const ForeignKeyLinks>> acting_on(uint32_t parent);
  ForeignKeyActions& actions() { return actions_; }
  // Returns the foreign keys of a table whose parents are ordinary tables, ready to be recorded; null for none. Asked
  // before each row of a table that has foreign keys, inside a write transaction, also where they are off.
  Result<std::shared_ptr<const ForeignKeyLinks>> kept_by_sqlite(uint32_t child);
  ReferenceRecorder& recorder() { return recorder_; }
  // Returns what ordinary tables refer to in the table's place; null for none. Asked before each row, in a transaction.
  const std::shared_ptr<PresentTable>& present_of(const Table& table);
  // Makes that where it is not there, or has not all that may be referred to.
  Status make_present(SchemaChange& change, const Table& table);
  // Does that for each temporal table that others refer to and that was made anew. Called inside a write transaction
  // that the database has joined.
  Status make_missing_presents();
  // Must be told when a table was connected or is gone: what is known of the foreign keys may be outdated then.
  void tables_changed() { ++changes_; }
  void end() override;

  // An ordinary table of the schema that refers to a table of ours.
  struct OrdinaryChild {
    std::string name;
    std::string sql;
  };
  Result<std::vector<OrdinaryChild>> ordinary_children(const std::string& parent);

  // Checks that the foreign keys of the tables that the open transaction made can be kept, and that no ordinary table
  // refers to those that it converted, which SQLite could not check. Called when it ends, as the other tables of a
  // schema may follow.
  Status check() override;
  void table_converted(const std::string& table) { converted_.insert(table); }
  // Hands over what is kept for a table that goes on as another one, with more rows than it was written with.
  Status table_succeeds(uint32_t from_id, uint32_t to_id);
  // Fills the tables of references of a table anew, whose rows have become fewer by no fact. Called inside a write
  // transaction.
  Status refer_anew(uint32_t child);
  // Makes the tables of references of all foreign keys whose parents are ordinary tables (reference_table.h). Called
  // inside a write transaction that the database has joined.
  Status make_references();
  // What SQLite keeps of a table's rows, and is not what the facts say.
  struct Wrong {
    std::string table;
    std::shared_ptr<ForeignKeyLink> link;  // null: it is what ordinary tables refer to
    std::string sentence;
  };
  Result<std::vector<Wrong>> find_wrong();
  // Makes it anew. Rows that refer to nothing then stay, as where foreign keys are off. Called inside a write
  // transaction that the database has joined.
  Status mend(const std::vector<Wrong>& found);
  // Refuses a DROP TABLE that would have to act on rows of ours: SQLite deletes a dropped table's rows untold.
  Status check_drop_of_ordinary(const std::string& table);
  // Returns kInvalid where the parents are called otherwise than the definition says.
  Status check_parent_names(const temporal::TableSchema& child);
  // Refuses to drop or rename a table while others say its name. `deed` is for the message.
  Status check_unreferenced(const std::string& table, const char* deed);
  // Refuses it for a column, whether foreign keys are on or off: nobody could check them afterwards.
  Status check_unnamed(const std::string& table, const std::string& column);

 private:
  using Link = ForeignKeyLink;
  using Keys = std::set<std::string, std::less<>>;

  bool are_on() const;
  Result<bool> are_enforced();
  Status read_links();
  Result<std::vector<std::string>> table_names();  // of the temporal ones
  Status resolve(Link& link);
  Status check_ordinary_children(const std::string& parent);
  Status find_written(uint32_t id, Keys* keys);
  Status check_children(Link& link, const Keys& keys);
  Status check_parents(Link& link, const Keys& keys);
  Status check_referring(Link& link, const std::vector<temporal::Value>& values);
  Status check_row(Link& link, const std::vector<temporal::Value>& values, const temporal::Period& period);

  Database& database_;
  std::optional<int64_t> schema_version_;  // that links_ is of
  uint64_t changes_ = 0;
  uint64_t links_are_of_ = 0;  // the changes_ that were counted then
  ForeignKeyLinks links_;
  std::map<uint32_t, std::shared_ptr<ForeignKeyLinks>> acting_;          // by their parents
  std::map<uint32_t, std::shared_ptr<ForeignKeyLinks>> kept_by_sqlite_;  // by their children
  std::set<uint32_t> without_parent_;  // children whose parents may still come
  ForeignKeyActions actions_;
  ReferenceRecorder recorder_;
  // By the tables' ids, as the schema had them at some moment of the open transaction.
  std::map<uint32_t, std::shared_ptr<PresentTable>> presents_;
  uint64_t presents_transaction_ = 0;
  uint64_t presents_rollbacks_ = 0;
  uint64_t presents_changes_ = 0;
  std::set<uint32_t> to_be_filled_;  // whose references are to be recorded anew when the transaction commits
  std::set<std::string> converted_;  // by the open transaction, also where it took that back
};

}  // namespace spectradb::extension
