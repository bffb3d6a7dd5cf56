#include "extension/index/index_scan.h"

#include "base/assert.h"
#include "extension/session/database.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

constexpr size_t kIdBytes = sizeof(uint32_t);

// Turns a bound of a range under `from` into one under `id`. A bound behind all of `from` becomes one behind
// all of `id`.
std::string moved(std::string_view bound, uint32_t from, uint32_t id) {
  std::string out;
  temporal::append_table_id(out, id);
  std::string prefix;
  temporal::append_table_id(prefix, from);
  if (!bound.starts_with(prefix)) return temporal::after_prefix(out);
  return out.append(bound.substr(kIdBytes));
}

}  // namespace

void IndexScan::open(Database& database, const lsm::CursorOptions& options, const lsm::CursorOptions& widest,
                     const temporal::ReadTimes& times) {
  at_ = nullptr;
  const bool is_exact = times.system == temporal::SystemMode::kAt &&
                        (options.own != nullptr || options.max_commit >= index_.since);
  const bool is_instant = times.valid == temporal::ValidMode::kNow || times.valid == temporal::ValidMode::kAt;
  is_certain_ = is_exact && is_instant;
  temporal::ReadTimes entry_times = times;
  entry_times.need_period = false;
  entry_times.min_commit = 0;  // a row may be newer than its entry, if other columns were written
  if (!is_exact) {             // all entries that ever held
    entry_times.system = temporal::SystemMode::kAll;
    entry_times.valid = temporal::ValidMode::kAll;
  }
  const lsm::CursorOptions& shown = is_exact ? options : widest;
  const size_t source_count = is_exact ? 1 : 2;
  if (sources_.size() == source_count && own_ == shown.own && own_commit_ == shown.own_commit) {
    for (Source& source : sources_) {
      source.rows->versions().set_max_commit(shown.max_commit);
      source.rows->set_times(entry_times);
    }
    return;
  }
  close(database);
  for (const uint32_t id : {index_.id, index_.past_id()}) {
    if (sources_.size() == source_count) break;
    std::unique_ptr<temporal::RowCursor> rows;
    if (shown.own == nullptr) {
      rows = database.take_reader();
      rows->versions().set_max_commit(shown.max_commit);
      rows->set_times(entry_times);
    } else {
      rows = std::make_unique<temporal::RowCursor>(database.store_if_open()->new_cursor(shown), entry_times);
    }
    sources_.push_back({std::move(rows), id});
  }
  own_ = shown.own;
  own_commit_ = shown.own_commit;
}

void IndexScan::close(Database& database) {
  at_ = nullptr;
  for (Source& source : sources_) {
    if (own_ == nullptr) database.give_back(std::move(source.rows));
  }
  sources_.clear();
  own_ = nullptr;
}

void IndexScan::seek(std::string_view lower, std::string_view upper, bool descending, bool may_read_ahead) {
  is_descending_ = descending;
  failure_ = Status::ok();
  for (Source& source : sources_) {
    if (source.id == index_.id && !descending && may_read_ahead) {
      source.rows->scan(lower, upper);
    } else if (source.id == index_.id) {
      source.rows->seek(lower, upper, descending);
    } else {
      source.rows->seek(moved(lower, index_.id, source.id), moved(upper, index_.id, source.id), descending);
    }
  }
  settle();
}

void IndexScan::next() {
  if (is_certain_) {
    sources_.front().rows->next();
  } else {
    for (Source& source : sources_) {
      while (source.rows->valid() && source.rows->row().user_key.substr(kIdBytes) == kept_)
        source.rows->next();
    }
  }
  settle();
}

// Moves to the first entry of all key spaces together.
void IndexScan::settle() {
  at_ = nullptr;
  std::string_view first;
  for (const Source& source : sources_) {
    if (!source.rows->valid()) {
      if (!source.rows->status()) failure_ = source.rows->status();
      continue;
    }
    const std::string_view entry = source.rows->row().user_key.substr(kIdBytes);
    if (at_ == nullptr || (is_descending_ ? entry > first : entry < first)) {
      at_ = &source;
      first = entry;
    }
  }
  if (!failure_) at_ = nullptr;
  if (at_ == nullptr) return;
  SPECTRADB_ASSERT(!is_certain_ || sources_.size() == 1);
  entry_ = first;
  if (!is_certain_) {
    kept_.assign(first);
    entry_ = kept_;
  }
  reader_.bind(entry_);
}

Status IndexScan::status() const { return failure_; }

}  // namespace spectradb::extension
