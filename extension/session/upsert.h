// What ON CONFLICT DO UPDATE does, kept for one execution of an INSERT. Used by the thread that uses the
// connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "extension/host/api.h"

namespace spectradb::extension {

struct Upsert {
  ~Upsert();

  // A query of one row: whether to update, and the new values of `columns`. It reads two row sets, whose
  // numbers are the parameters first_set (the existing row) and first_set + 1 (the row that was to be
  // inserted).
  sqlite3_stmt* query = nullptr;
  int first_set = 0;
  std::vector<int> columns;  // columns of the table
};

// The upserts of running statements, by number.
class Upserts {
 public:
  int64_t keep(std::shared_ptr<Upsert> upsert);
  void drop(int64_t number) { kept_.erase(number); }
  std::shared_ptr<Upsert> find(int64_t number) const;

 private:
  std::map<int64_t, std::shared_ptr<Upsert>> kept_;
  int64_t next_ = 1;
};

}  // namespace spectradb::extension
