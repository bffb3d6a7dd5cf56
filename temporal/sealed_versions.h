// What readers see of tables whose rows are sealed (sealed_row.h): rows as they were given, and nothing of subjects whose
// keys were dropped. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "lsm/base/version_cursor.h"
#include "temporal/subject_keys.h"

namespace spectradb::temporal {

// The tables whose rows are sealed, and the keys as the database last had them.
class SealedTables {
 public:
  void add(uint32_t table_id) { ids_.insert(table_id); }
  void remove(uint32_t table_id) { ids_.erase(table_id); }
  bool is_empty() const { return ids_.empty(); }
  bool has_table_of(std::string_view user_key) const;
  const std::shared_ptr<const SubjectKeys>& keys() const { return keys_; }  // null: none are known
  void set_keys(std::shared_ptr<const SubjectKeys> keys) { keys_ = std::move(keys); }

 private:
  std::set<uint32_t> ids_;
  std::shared_ptr<const SubjectKeys> keys_;
};

enum class Shown : uint8_t {
  kRows,       // as they were given
  kAsWritten,  // still sealed
};

// The tables outlive the cursor, and their keys may change while it lives; it is sought anew then. A row that cannot be
// opened is shown as it was written, which no reader takes for a row.
std::unique_ptr<lsm::VersionCursor> unsealed(std::unique_ptr<lsm::VersionCursor> versions,
                                             const SealedTables& tables, Shown shown = Shown::kRows);

}  // namespace spectradb::temporal
