// Foreign keys over time: at every instant of a row's valid time there must be a row that it refers to, at
// the latest system time. Checked for what a transaction wrote when it commits, if PRAGMA foreign_keys is on,
// as SQLite checks those that are DEFERRABLE INITIALLY DEFERRED. Used by the thread that uses the connection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/query.h"
#include "extension/schema/definition.h"
#include "temporal/row_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class Database;

class ForeignKeys {
 public:
  explicit ForeignKeys(Database& database);
  ~ForeignKeys();

  // The facts of the open transaction. kConstraint names the row that refers to nothing; kInvalid a foreign
  // key that cannot be checked.
  Status check();
  // A table may not be dropped or renamed while others say its name. `deed` is for the message.
  Status check_unreferenced(const std::string& table, const char* deed);
  // The same of a column, whether foreign keys are on or off: nobody could check them afterwards.
  Status check_unnamed(const std::string& table, const std::string& column);

 private:
  struct Link;
  using Keys = std::set<std::string, std::less<>>;

  Result<bool> are_enforced();
  Status read_links();
  Status resolve(Link& link);
  Status find_written(uint32_t id, Keys* keys);
  Status check_children(Link& link, const Keys& keys);
  Status check_parents(Link& link, const Keys& keys);
  Status check_referring(Link& link, const std::vector<temporal::Value>& values);
  Status check_row(Link& link, const std::vector<temporal::Value>& values, const temporal::Period& period);

  Database& database_;
  std::optional<int64_t> schema_version_;  // that links_ is of
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace spectradb::extension
