// Returns columns of the current row to SQLite.
#include "extension/host/shared_bytes.h"
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/schema/row_identity.h"

namespace spectradb::extension {

using temporal::TableSchema;
using temporal::Value;

bool Cursor::is_made_by_reading(int column) const {
  if (column >= visible_) return column != visible_ + kKey;
  return table_.schema().columns[static_cast<size_t>(column)].is_generated;
}

bool Cursor::give_at_once(sqlite3_context* context, int declared) {
  if (!table_.declared_columns().are_alike()) return false;
  // An UPDATE asks for all columns, mostly hidden ones that it leaves alone.
  if (declared >= visible_) return declared != visible_ + kKey && sqlite3_vtab_nochange(context) != 0;
  if (!shows_rows_ || (has_generated_ && table_.schema().columns[static_cast<size_t>(declared)].is_generated))
    return false;
  if (!is_walking_) walk_.bind(rows_->row().user_key, rows_->row().payload);
  is_walking_ = true;
  Value value;
  if (!walk_.find(declared, &value) || value.bytes.size() >= kSharedBytes) return false;
  give(context, value);
  return true;
}

Status Cursor::column(sqlite3_context* context, int index) {
  if (written_ != nullptr) return written_column(context, index);
  const int visible = visible_;
  if (shows_count_ && !ScanTimes::is_asked(index - visible)) {
    if (index == visible + kUpsert) sqlite3_result_int64(context, static_cast<sqlite3_int64>(row_count_));
    return Status::ok();
  }
  if (rows_left_ > 0 && !ScanTimes::is_asked(index - visible)) SPECTRADB_RETURN_IF_ERROR(read_rows_left());
  const TableSchema& schema = table_.schema();
  if (index == visible + kRowid && !schema.key_columns.empty()) {
    if (!schema.has_integer_key) return Status::ok();
    index = schema.key_columns[0];
  }
  if (are_entries_rows_ && !is_row_found_) {
    const Value* told = nullptr;
    if (index < visible) SPECTRADB_RETURN_IF_ERROR(entries_->reader().find(index, &told));
    if (told != nullptr) {
      give(context, *told);
      return Status::ok();
    }
    if (!ScanTimes::is_asked(index - visible)) {
      const Result<bool> is_there = fetch_row();
      if (!is_there || !*is_there) return is_there.status();
    }
  }
  if (kept_ != KeptRows::kNowhere && !is_kept_column(index)) {
    const Result<bool> is_there = fetch_kept();
    if (!is_there || !*is_there) return is_there.status();
  }
  if (index >= visible && index != visible + kRowid) return hidden_column(context, index - visible);
  if (!is_bound_) {
    if (kept_ != KeptRows::kNowhere) {
      reader_.bind(entry_key_, ranked_->kept.payload(kept_));
    } else {
      reader_.bind(rows_->row().user_key, rows_->row().payload);
    }
    is_bound_ = true;
  }
  if (index == visible + kRowid) {
    if (!schema.has_integer_key) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t key, reader_.hidden_key());
    sqlite3_result_int64(context, key);
    return Status::ok();
  }
  const Value* value = nullptr;
  SPECTRADB_RETURN_IF_ERROR(reader_.find(index, &value));
  // Writer reads a large column that an UPDATE leaves alone where it writes the row.
  if (value->bytes.size() >= kSharedBytes && sqlite3_vtab_nochange(context) != 0) return Status::ok();
  give(context, *value);
  return Status::ok();
}

Result<bool> Cursor::fetch_row() {
  SPECTRADB_RETURN_IF_ERROR(find_row());
  if (rows_->valid()) return true;
  is_row_found_ = false;
  SPECTRADB_RETURN_IF_ERROR(rows_->status());
  if (own_ != nullptr) return false;
  return Status::corrupt("index " + entries_->index().name + " of table " + table_.schema().name +
                         " has an entry without a row");
}

Status Cursor::hidden_column(sqlite3_context* context, int column) {
  if (ScanTimes::is_asked(column)) return times_.give_asked(context, column);
  switch (column) {
    case kSystemFrom:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(rows_->row().system_from));
      return Status::ok();
    case kSystemTo:
      if (const uint64_t system_to = rows_->row().system_to; system_to != 0)
        sqlite3_result_int64(context, static_cast<sqlite3_int64>(system_to));
      return Status::ok();
    case kValidFrom:
    case kValidTo:
      return give_period(context, column);
    case kCommittedAt: {
      const temporal::ResolvedRow& row = rows_->row();
      if (timed_commit_ != row.system_from) {
        SPECTRADB_ASSIGN_OR_RETURN(std::optional<int64_t> time,
                                   table_.database().commit_time_us(row.system_from));
        committed_at_ = time.has_value() ? temporal::format_instant(*time) : "";
        timed_commit_ = time.has_value() ? row.system_from : 0;  // own writes have no time yet
      }
      if (timed_commit_ != 0) {
        sqlite3_result_text(context, committed_at_.data(), static_cast<int>(committed_at_.size()),
                            SQLITE_TRANSIENT);
      }
      return Status::ok();
    }
    case kKey: {
      if (!times_.cuts_periods()) SPECTRADB_RETURN_IF_ERROR(ensure_period());
      const temporal::ResolvedRow& row = rows_->row();
      is_large_ = is_large_ || row.payload.size() >= kSharedBytes;
      const bool reads_portion = times_.reads_portion();
      const temporal::Period whole = times_.cuts_periods() ? row.valid : period_;
      const temporal::Period piece = reads_portion ? intersect(whole, times_.window()) : whole;
      encode_identity(
          {piece, times_.system().is_given, reads_portion, row.system_from, row.ordinal, row.user_key},
          &identity_);
      sqlite3_result_blob64(context, identity_.data(), identity_.size(), SQLITE_TRANSIENT);
      return Status::ok();
    }
    case kDistance:
      return give_distance(context);
    case kRank:
      if (ranked_ != nullptr && ranked_->match != nullptr)
        sqlite3_result_double(context, ranked_->distance());
      return Status::ok();
    case kMatch:
      return ranked_ != nullptr && ranked_->match != nullptr ? give_match(context) : Status::ok();
    default:
      return Status::ok();  // _given and _define are only written
  }
}

Status Cursor::give_period(sqlite3_context* context, int column) {
  SPECTRADB_RETURN_IF_ERROR(ensure_period());
  give_bound(context, in_form(column == kValidFrom ? period_.from : period_.to, table_.schema().valid_form));
  return Status::ok();
}

// SQLite does not always announce the columns it reads (the key of a row that DELETE found). Then the row is
// looked up again by its key, with its period. The pieces of a key come in the order of valid time, so that the next
// one of a portion is looked for from where the last one was.
Status Cursor::ensure_period() {
  const temporal::ResolvedRow& row = rows_->row();
  if (period_fetched_) return Status::ok();
  if (times_.gives_period()) {
    period_ = row.valid;
    period_fetched_ = true;
    return Status::ok();
  }
  const bool goes_on = whole_ != nullptr && whole_->valid() && whole_->row().user_key == row.user_key;
  if (whole_ == nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(auto* store, table_.database().store());
    lsm::CursorOptions options;
    options.max_commit = times_.system().commit;
    options.own = own_.get();
    options.own_commit = own_commit_;
    temporal::ReadTimes times = times_.read_times();
    times.need_period = true;
    if (times_.cuts_periods()) times.valid = temporal::ValidMode::kAll;
    whole_ =
        std::make_unique<temporal::RowCursor>(table_.database().shown(store->new_cursor(options)), times);
  }
  temporal::RowCursor& again = *whole_;
  if (!goes_on || !times_.cuts_periods()) again.seek_point(row.user_key);
  while (times_.cuts_periods() && again.valid() && !again.row().valid.contains(row.valid.from.us))
    again.next();
  SPECTRADB_RETURN_IF_ERROR(again.status());
  if (!again.valid()) return Status::corrupt("a row vanished while it was read");
  period_ = again.row().valid;
  period_fetched_ = true;
  return Status::ok();
}

}  // namespace spectradb::extension
