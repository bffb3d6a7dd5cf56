#include "extension/write/reference_recorder.h"

#include <algorithm>
#include <utility>

#include "extension/host/kept_rowid.h"
#include "extension/session/database.h"
#include "extension/write/reference_table.h"

namespace spectradb::extension {

using temporal::Value;

// Adding may fail, so it comes first, and can be taken back.
ForeignKeyActions::Outcome ReferenceRecorder::record() {
  if (depth_ > 1 || touched_.empty()) return {Status::ok(), SQLITE_OK};
  const std::vector<Touched> touched = std::exchange(touched_, {});
  const KeptRowid kept(database_.connection().handle());
  std::vector<Added> added;
  std::vector<Added> superfluous;
  Status status;
  for (const Touched& one : touched) {
    if (one.links == nullptr) continue;
    for (const std::shared_ptr<ForeignKeyLink>& link : *one.links) {
      if (status) status = add_missing(*link, one.key, added, superfluous);
    }
  }
  // A key that was touched twice has been read twice.
  const auto by_row = [](const Added& a, const Added& b) {
    return std::pair(a.link, a.number) < std::pair(b.link, b.number);
  };
  const auto is_same = [](const Added& a, const Added& b) {
    return a.link == b.link && a.number == b.number;
  };
  std::sort(superfluous.begin(), superfluous.end(), by_row);
  superfluous.erase(std::unique(superfluous.begin(), superfluous.end(), is_same), superfluous.end());
  for (const Added& row : status ? superfluous : added) {
    const Status removed = row.link->references->remove(row.number);
    if (status) status = removed;
  }
  if (status) status = write_present(touched);
  return {std::move(status), SQLITE_CONSTRAINT_FOREIGNKEY};
}

// Where a row changes its key, rows that refer to it may follow: the new key is searched among those behind
// the old one.
Status ReferenceRecorder::write_present(const std::vector<Touched>& touched) {
  std::vector<bool> is_written(touched.size(), false);
  for (size_t i = 0; i < touched.size(); ++i) {
    if (touched[i].present == nullptr || is_written[i]) continue;
    PresentTable& present = *touched[i].present;
    SPECTRADB_ASSIGN_OR_RETURN(PresentTable::Row row, present.look(latest_, touched[i].key));
    if (!touched[i].is_moved || row.values || !row.was_there) {
      SPECTRADB_RETURN_IF_ERROR(present.write(row));
      continue;
    }
    bool has_moved = false;
    for (size_t next = touched.size(); next-- > i + 1 && !has_moved;) {
      if (touched[next].present != touched[i].present || is_written[next]) continue;
      SPECTRADB_ASSIGN_OR_RETURN(PresentTable::Row other, present.look(latest_, touched[next].key));
      if (other.was_there || !other.values) continue;
      SPECTRADB_RETURN_IF_ERROR(present.move(row, other));
      is_written[next] = true;
      has_moved = true;
    }
    if (!has_moved) SPECTRADB_RETURN_IF_ERROR(present.write(row));
  }
  return Status::ok();
}

Status ReferenceRecorder::add_missing(ForeignKeyLink& link, const std::string& key, std::vector<Added>& added,
                                      std::vector<Added>& superfluous) {
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest_.at_all_valid_time());
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> pieces,
                             pieces_of(*rows, link.child, link.key.columns, key));
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<ReferenceTable::Row> recorded, link.references->rows_of(key));
  std::vector<bool> is_needed(recorded.size(), false);
  for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
    const std::vector<Value> values = piece->values.values();
    const auto has_values = [&](const auto& other) { return are_equal(other.values.values(), values); };
    if (std::any_of(pieces.begin(), piece, has_values)) continue;
    const auto found = std::find_if(recorded.begin(), recorded.end(), has_values);
    if (found != recorded.end()) {
      is_needed[static_cast<size_t>(found - recorded.begin())] = true;
      continue;
    }
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, link.references->add(key, values));
    added.push_back({&link, number});
  }
  for (size_t i = 0; i < recorded.size(); ++i) {
    if (!is_needed[i]) superfluous.push_back({&link, recorded[i].number});
  }
  return Status::ok();
}

}  // namespace spectradb::extension
