// spectradb_compact('slices', n) does merges that are due, a bounded slice at a time, each in a transaction
// of its own, so that writers can write in between. It is for a store inside its database, which has no
// thread that merges.
#include "extension/facet/facet.h"

#include "extension/access/read_only.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "lsm/store/rows_store.h"

namespace spectradb::extension {

namespace {

constexpr const char* kCompact = "spectradb_compact";

Result<uint64_t> slices_of_arguments(const FunctionCall& call) {
  const temporal::Value what = from_sqlite(call.arguments[0]);
  const temporal::Value count = from_sqlite(call.arguments[1]);
  const bool is_known = what.type == temporal::Value::Type::kText && what.bytes == "slices";
  if (is_known && count.type == temporal::Value::Type::kInteger && count.integer >= 0)
    return static_cast<uint64_t>(count.integer);
  return Status::invalid(
      "spectradb_compact() takes nothing, or 'slices' and how many: SELECT "
      "spectradb_compact('slices', 10); not " +
      spelled(what) + ", " + spelled(count));
}

Result<bool> merge_slice(Database& database) {
  bool is_done = false;
  SPECTRADB_RETURN_IF_ERROR(database.work_on_store([&](lsm::Store& store) -> Status {
    auto* rows = dynamic_cast<lsm::RowsStore*>(&store);
    if (rows == nullptr) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(is_done, rows->merge_due());
    return Status::ok();
  }));
  return is_done;
}

// Returns how many slices were done: fewer than wanted when no more is due. In a directory a thread merges,
// so none is left.
Status compact_slices(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t wanted, slices_of_arguments(call));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, "main", "spectradb_compact()"));
  const std::shared_ptr<Database> database = call.connection.database("main");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store) return Status::ok();
  uint64_t done = 0;
  for (; done < wanted; ++done) {
    if (database->is_interrupted()) return {Code::kInterrupted, "interrupted"};
    SPECTRADB_ASSIGN_OR_RETURN(const bool was_due, merge_slice(*database));
    if (!was_due) break;
  }
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(done));
  return Status::ok();
}

constexpr Function kSlicesFunctions[] = {{kCompact, 2, SQLITE_DIRECTONLY, compact_slices}};

}  // namespace

const Facet& facet_slices() {
  static const Facet facet{.name = "slices", .functions = kSlicesFunctions};
  return facet;
}

}  // namespace spectradb::extension
