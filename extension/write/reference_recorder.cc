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
  // What SQLite does because of our statements writes temporal rows, too: these writes record for themselves.
  const RestoredDepth restored(*this);
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

// SQLite checks immediate foreign keys at the end of each of our statements. So one statement writes a row and
// displaces others, which may leave it what refers to them.
Status ReferenceRecorder::write_present(const std::vector<Touched>& touched) {
  Displaced displaced;
  for (const Touched& one : touched) {
    if (one.present != nullptr && one.is_displaced)
      displaced[one.present.get()].push_back(one.key.substr(sizeof(uint32_t)));
  }
  std::vector<bool> is_written(touched.size(), false);
  for (size_t i = 0; i < touched.size(); ++i) {
    if (touched[i].present == nullptr || touched[i].is_displaced || is_written[i]) continue;
    SPECTRADB_RETURN_IF_ERROR(write_present(touched, i, displaced, is_written));
  }
  for (const Touched& one : touched) {
    if (one.present == nullptr || !one.is_displaced) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const PresentTable::Row row, one.present->look(latest_, one.key));
    SPECTRADB_RETURN_IF_ERROR(one.present->write(row, false));
  }
  return Status::ok();
}

Status ReferenceRecorder::write_present(const std::vector<Touched>& touched, size_t place,
                                        const Displaced& all_displaced, std::vector<bool>& is_written) {
  const Touched& one = touched[place];
  PresentTable& present = *one.present;
  std::vector<std::string> displaced;
  if (const auto found = all_displaced.find(&present); found != all_displaced.end())
    displaced = found->second;
  SPECTRADB_ASSIGN_OR_RETURN(const PresentTable::Row row, present.look(latest_, one.key));
  if (one.moved_to && !row.values && row.was_there && touched[*one.moved_to].present == one.present) {
    SPECTRADB_ASSIGN_OR_RETURN(const PresentTable::Row next,
                               present.look(latest_, touched[*one.moved_to].key));
    if (next.values) {
      is_written[*one.moved_to] = true;
      if (next.was_there) displaced.push_back(next.key);
      return move_present(present, row, next, displaced);
    }
  }
  if (!row.was_there || !row.values || row.is_same) return present.write(row, !displaced.empty());
  return move_present(present, row, row, displaced);
}

// SQLite checks UNIQUE again once UPDATE OR REPLACE has told those who refer to a displaced row, and then may take the
// row's own values for another's. The displaced rows go by statements of their own then.
Status ReferenceRecorder::move_present(PresentTable& present, const PresentTable::Row& from,
                                       const PresentTable::Row& to,
                                       const std::vector<std::string>& displaced) {
  const Status moved = present.move(from, to, !displaced.empty());
  const int code = sqlite3_extended_errcode(database_.connection().handle());
  const bool is_taken = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                        code == SQLITE_CONSTRAINT_ROWID;
  if (moved || displaced.empty() || !is_taken) return moved;
  for (const std::string& key : displaced) SPECTRADB_RETURN_IF_ERROR(present.remove(key));
  return present.move(from, to, false);
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
    // What has a mark belongs to the trigger that carries out an action.
    if (recorded[i].mark != 0) {
      SPECTRADB_RETURN_IF_ERROR(link.references->mark(
          recorded[i].number, is_needed[i] ? ReferenceTable::kNeeded : ReferenceTable::kSuperfluous));
    } else if (!is_needed[i]) {
      superfluous.push_back({&link, recorded[i].number});
    }
  }
  return Status::ok();
}

}  // namespace spectradb::extension
