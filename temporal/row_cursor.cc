// Every key is resolved on its own, its facts from the newest to the oldest. Reads at one instant of both
// axes stream: the first fact that contains the instant is the row, and the versions stay there until the
// caller moves on. All other reads first collect the rows of a key, and copy their payloads into one buffer
// that is reused from key to key. Large payloads beyond a bound are not copied but read again when their row
// is shown. Finding keys backwards one by one is expensive in the store, so after a few keys the rows of a
// stretch of keys are read forwards, kept, and shown from the last key to the first.
#include "temporal/row_cursor.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "lsm/base/key_order.h"
#include "lsm/merge/newest_versions.h"
#include "lsm/store/store_cursor.h"
#include "temporal/coverage.h"
#include "temporal/remembered_rows.h"

namespace spectradb::temporal {
namespace {

constexpr Period kAllTime{};
constexpr uint32_t kVersionsBetweenQuestions = 1024;  // between calls of is_interrupted

// A row of a key that is collected before its first row is shown.
struct CollectedRow {
  Period valid;
  uint64_t system_from = 0;
  uint64_t system_to = 0;
  uint32_t ordinal = 0;
  size_t payload_offset = 0;  // into Rep::payloads
  size_t payload_size = 0;
  bool is_left_out = false;  // the payload was not copied, and is read again
};

// Payloads of this size are copied only up to a bound for all of them, so that memory does not grow with
// their number.
constexpr size_t kLargePayloadBytes = 1u << 20;
constexpr size_t kKeptBytesMax = 16u << 20;

constexpr int kKeysOneByOne = 4;  // keys of a backward scan before stretches are read
// A stretch with more rows is given up, and its keys are read one by one.
constexpr size_t kStretchRowsMax = 1024;

// A stretch of keys, read forwards.
struct Stretch {
  struct Row {
    ResolvedRow row;  // its views are not set
    size_t key_offset;
    size_t key_size;
    size_t payload_size;  // behind the key
  };
  std::vector<Row> rows;  // the last key's rows first; each key's rows in their order
  std::string bytes;
  std::string from;  // its first key, or a smaller one
  size_t shown = 0;
  bool is_open = false;

  void clear() {
    rows.clear();
    bytes.clear();
    shown = 0;
    is_open = false;
  }
  void add(const ResolvedRow& row) {
    rows.push_back({row, bytes.size(), row.user_key.size(), row.payload.size()});
    bytes.append(row.user_key).append(row.payload);
  }
  std::string_view key_of(const Row& row) const {
    return std::string_view(bytes).substr(row.key_offset, row.key_size);
  }
  void turn() {
    std::reverse(rows.begin(), rows.end());
    for (auto first = rows.begin(); first != rows.end();) {
      const auto last =
          std::find_if(first, rows.end(), [&](const Row& row) { return key_of(row) != key_of(*first); });
      std::reverse(first, last);
      first = last;
    }
  }
  ResolvedRow at(size_t index) const {
    const Row& kept = rows[index];
    ResolvedRow row = kept.row;
    row.user_key = key_of(kept);
    row.payload = std::string_view(bytes).substr(kept.key_offset + kept.key_size, kept.payload_size);
    return row;
  }
};

enum class Range : uint8_t { kAscending, kDescending, kPoint };

// The part of a winner's period that newer facts leave. Of equal bounds the newest fact's form stays.
struct Clip {
  Bound lo{kBeginningOfTime, false};
  Bound hi{kEndOfTime, false};

  // Cuts off what a newer fact covers; that fact does not contain `instant`.
  void exclude(const Period& newer, int64_t instant) {
    if (newer.to.us <= instant) {
      if (newer.to.us > lo.us) lo = newer.to;
    } else if (newer.from.us < hi.us) {
      hi = newer.from;
    }
  }
};

}  // namespace

struct RowCursor::Rep {
  Rep(std::unique_ptr<lsm::VersionCursor> cursor, const ReadTimes& read_times)
      : versions(std::move(cursor)),
        store_cursor(dynamic_cast<const lsm::StoreCursor*>(versions.get())),
        times(read_times) {}

  // Where the versions stand once a key has been resolved.
  enum class Place : uint8_t {
    kInKey,    // on one of its versions
    kPastKey,  // on the next key, or at the end
    kLost,     // unknown: a payload was read again
  };

  bool is_at_one_instant() const { return times.valid == ValidMode::kNow || times.valid == ValidMode::kAt; }
  Period wanted_valid_time() const { return times.valid == ValidMode::kWindow ? times.window : kAllTime; }
  int64_t instant();
  std::optional<int64_t> instant_if_known() const;

  void start(Range new_range);
  std::optional<lsm::ValidRange> facts_that_matter() const;
  bool is_in_range(std::string_view user_key) const;
  void resolve_keys();
  bool resolve_key();
  bool resolve_at_instant();
  bool resolve_valid_time();
  bool resolve_all_times();
  void leave_key();
  bool may_read_ahead() const;
  bool show_remembered(std::string_view user_key, const RememberedRows::Stamp& stamp);
  void remember(const RememberedRows::Stamp& stamp);
  void show_newest();
  void next_newest();
  bool next_version();
  bool goes_on();
  std::optional<Fact> decode();
  void collect(const Fact& fact, const Period& valid, uint64_t system_to, size_t payload_offset);
  size_t keep_payload(const Fact& fact);
  bool is_left_out(const Fact& fact) const;
  std::string_view read_again(const CollectedRow& collected);
  bool is_wanted(const Period& valid);
  void collect_pieces(const Fact& fact);
  bool show_collected();
  bool show(size_t index);  // false: its payload cannot be read again
  void next();
  void next_forwards();
  bool next_in_stretch();
  bool read_stretch();

  std::unique_ptr<lsm::VersionCursor> versions;
  const lsm::StoreCursor* const store_cursor;  // the versions, where they are a store's
  ReadTimes times;
  std::optional<int64_t> now;  // what times.callbacks->now() returned

  Range range = Range::kAscending;
  std::string lower;  // of descending ranges
  std::string upper;  // of ascending ranges
  std::string key;    // the key being resolved
  Place place = Place::kInKey;

  uint32_t versions_seen = 0;
  bool has_row = false;
  bool is_newest_fact = false;  // the row at one instant is its key's newest fact, for all time
  ResolvedRow row;
  Status failure;

  lsm::NewestVersions* newest = nullptr;  // of the versions: what scan() reads while facts are for all time

  bool reads_versions = true;  // by steps: their status is that of the read

  RememberedRows remembered;  // of facts for all time that are the newest of their keys

  Stretch stretch;
  int one_by_one = 0;  // how many keys to find one by one before the next stretch is tried

  std::vector<CollectedRow> rows;  // empty while streaming
  size_t row_index = 0;            // of the row shown, in `rows`
  std::string payloads;
  CoveredTime covered;
  CoveringFacts covering;
  std::vector<Period> uncovered;
  std::vector<CoveredPiece> pieces;
};

int64_t RowCursor::Rep::instant() {
  SPECTRADB_ASSERT(is_at_one_instant());
  if (times.valid == ValidMode::kAt) return times.at_us;
  if (!now) now = times.callbacks->now();
  return *now;
}

std::optional<int64_t> RowCursor::Rep::instant_if_known() const {
  if (times.valid == ValidMode::kAt) return times.at_us;
  return times.valid == ValidMode::kNow ? now : std::nullopt;
}

// Sets everything that a seek sets except the position.
void RowCursor::Rep::start(Range new_range) {
  range = new_range;
  newest = nullptr;
  reads_versions = true;
  stretch.clear();
  one_by_one = kKeysOneByOne;
  has_row = false;
  failure = Status::ok();
  // At one system time, a fact that newer facts cover wholly by then cannot win, and cannot end a winner's
  // period where they do not end it: the store may leave it out.
  versions->set_all_versions(times.system == SystemMode::kAll);
  versions->set_superseded_by(times.after_commit);
  // Facts of earlier commits neither win over newer ones nor end their periods. (Backwards, the store would
  // find keys that show nothing one by one, so the bound is not set.)
  versions->set_min_commit(range == Range::kDescending ? 0 : times.min_commit);
  versions->set_valid_at(facts_that_matter());
}

std::optional<lsm::ValidRange> RowCursor::Rep::facts_that_matter() const {
  if (times.valid == ValidMode::kWindow && !times.window.is_empty() && !(times.window == kAllTime)) {
    const bool has_end = times.window.to.us != kEndOfTime;
    return lsm::ValidRange(times.window.from.us, has_end ? times.window.to.us - 1 : kEndOfTime);
  }
  // Facts that do not contain the instant matter only for the ends of the row's period.
  if (times.need_period) return std::nullopt;
  const std::optional<int64_t> instant = instant_if_known();
  return instant ? std::optional<lsm::ValidRange>(*instant) : std::nullopt;
}

bool RowCursor::Rep::is_in_range(std::string_view user_key) const {
  switch (range) {
    case Range::kAscending:
      return lsm::compare_keys(user_key, upper) < 0;
    case Range::kDescending:
      return lsm::compare_keys(user_key, lower) >= 0;
    case Range::kPoint:
      break;
  }
  return true;
}

// Resolves keys from the versions' position on, up to the first that has rows.
void RowCursor::Rep::resolve_keys() {
  has_row = false;
  while (versions->valid() && is_in_range(versions->user_key()) && goes_on()) {
    if (resolve_key()) {
      has_row = true;
      return;
    }
    if (!failure.is_ok() || range == Range::kPoint) return;
    leave_key();
  }
}

bool RowCursor::Rep::resolve_key() {
  key.assign(versions->user_key());
  place = Place::kInKey;
  rows.clear();
  row_index = 0;
  payloads.clear();
  if (times.system == SystemMode::kAll) return resolve_all_times();
  return is_at_one_instant() ? resolve_at_instant() : resolve_valid_time();
}

// At one instant of both times, a newest fact that is for all time decides alone.
bool RowCursor::Rep::may_read_ahead() const {
  return times.system == SystemMode::kAt && is_at_one_instant() && times.min_commit == 0;
}

bool RowCursor::Rep::show_remembered(std::string_view user_key, const RememberedRows::Stamp& stamp) {
  RememberedRows::Row found;
  if (!remembered.find(user_key, stamp, &found)) return false;
  range = Range::kPoint;
  newest = nullptr;
  reads_versions = false;
  failure = Status::ok();
  rows.clear();
  row_index = 0;
  row = {found.user_key, found.payload, kAllTime, found.system_from, 0, found.ordinal};
  has_row = true;
  return true;
}

// Where the store may have left out facts that do not concern the instant, the row may not be the newest.
void RowCursor::Rep::remember(const RememberedRows::Stamp& stamp) {
  if (!has_row || !is_newest_fact || facts_that_matter()) return;
  remembered.add({row.user_key, row.payload, row.system_from, row.ordinal}, stamp);
}

// Shows the first row from where `newest` stands. From the first fact on that does not decide alone, keys are
// resolved one by one.
void RowCursor::Rep::show_newest() {
  has_row = false;
  for (; newest->valid(); newest->next()) {
    const std::string_view value = newest->value();
    if (is_row_for_all_time(value)) {
      row = {newest->user_key(), value.substr(1), kAllTime, newest->commit(), 0, newest->ordinal()};
      has_row = true;
      return;
    }
    if (!is_delete_for_all_time(value)) {
      key.assign(newest->user_key());
      newest = nullptr;
      reads_versions = true;
      versions->seek(key);
      return resolve_keys();
    }
    if (!goes_on()) return;
  }
  failure = newest->status();
}

void RowCursor::Rep::next_newest() {
  newest->next();
  has_row = false;
  if (goes_on()) show_newest();
}

void RowCursor::Rep::leave_key() {
  if (range == Range::kDescending) {
    versions->seek_before(key);
  } else if (place == Place::kInKey) {
    versions->next_key();
  } else if (place == Place::kLost) {
    versions->seek(key + '\0');
  }
}

// Moves to the next older version of the key; false when there is none, or the versions failed.
bool RowCursor::Rep::next_version() {
  versions->next();
  if (versions->valid() && versions->user_key() == key) return goes_on();
  place = Place::kPastKey;
  if (!versions->valid()) failure = versions->status();
  return false;
}

bool RowCursor::Rep::goes_on() {
  if (++versions_seen % kVersionsBetweenQuestions != 0) return true;
  if (times.callbacks == nullptr || !times.callbacks->is_interrupted || !times.callbacks->is_interrupted())
    return true;
  failure = Status(Code::kInterrupted, "interrupted");
  return false;
}

std::optional<Fact> RowCursor::Rep::decode() {
  Result<Fact> fact = decode_fact(versions->value());
  if (fact) return *fact;
  failure =
      Status(fact.status().code(), "version " + std::to_string(versions->ordinal()) + " of commit " +
                                       std::to_string(versions->commit()) + ": " + fact.status().message());
  return std::nullopt;
}

bool RowCursor::Rep::resolve_at_instant() {
  if (const std::string_view value = versions->value(); is_row_for_all_time(value)) {
    row = {key, value.substr(1), kAllTime, versions->commit(), 0, versions->ordinal()};
    is_newest_fact = true;
    return true;
  }
  is_newest_fact = false;
  Clip clip;
  do {
    const std::optional<Fact> fact = decode();
    if (!fact) return false;
    const bool is_winner = fact->valid == kAllTime || fact->valid.contains(instant());
    if (!is_winner) {
      clip.exclude(fact->valid, instant());
      continue;
    }
    if (fact->operation == Operation::kDelete) return false;
    row = {key, fact->payload,      intersect(fact->valid, {clip.lo, clip.hi}), versions->commit(),
           0,   versions->ordinal()};
    return true;
  } while (next_version());
  return false;
}

bool RowCursor::Rep::resolve_valid_time() {
  const Period wanted = wanted_valid_time();
  if (wanted.is_empty()) return false;
  covered.clear();
  bool is_newest = true;
  do {
    const std::optional<Fact> fact = decode();
    if (!fact) return false;
    const Period clipped = intersect(fact->valid, wanted);
    const bool covers_all = clipped.from.us == wanted.from.us && clipped.to.us == wanted.to.us;
    if (is_newest && covers_all) {  // by far the most frequent case collects nothing
      if (fact->operation == Operation::kDelete) return false;
      row = {key, fact->payload, clipped, versions->commit(), 0, versions->ordinal()};
      return true;
    }
    is_newest = false;
    if (clipped.is_empty()) continue;
    uncovered.clear();
    covered.add(clipped, uncovered);
    if (fact->operation == Operation::kPut && !uncovered.empty()) {
      const size_t payload_offset = keep_payload(*fact);
      for (const Period& piece : uncovered) collect(*fact, piece, 0, payload_offset);
    }
    if (covered.covers(wanted)) break;
  } while (next_version());
  if (!failure.is_ok()) return false;
  std::sort(rows.begin(), rows.end(),
            [](const CollectedRow& a, const CollectedRow& b) { return a.valid.from.us < b.valid.from.us; });
  return show_collected();
}

bool RowCursor::Rep::resolve_all_times() {
  const Period wanted = wanted_valid_time();
  if (wanted.is_empty()) return false;
  covering.clear();
  do {
    std::optional<Fact> fact = decode();
    if (!fact) return false;
    fact->valid = intersect(fact->valid, wanted);
    if (fact->valid.is_empty()) continue;
    if (is_at_one_instant() && !times.need_period && !is_wanted(fact->valid)) continue;
    collect_pieces(*fact);
  } while (next_version());
  if (!failure.is_ok()) return false;
  std::sort(rows.begin(), rows.end(), [](const CollectedRow& a, const CollectedRow& b) {
    if (a.system_from != b.system_from) return a.system_from < b.system_from;
    if (a.ordinal != b.ordinal) return a.ordinal < b.ordinal;
    return a.valid.from.us < b.valid.from.us;
  });
  return show_collected();
}

// Collects the pieces of a fact that were visible at some system time.
void RowCursor::Rep::collect_pieces(const Fact& fact) {
  pieces.clear();
  covering.add(fact.valid, versions->commit(), pieces);
  if (fact.operation == Operation::kDelete) return;
  std::optional<size_t> payload_offset;
  for (const CoveredPiece& piece : pieces) {
    if (piece.covered_by == versions->commit() || !is_wanted(piece.valid)) continue;
    if (!payload_offset) payload_offset = keep_payload(fact);
    collect(fact, piece.valid, piece.covered_by, *payload_offset);
  }
}

bool RowCursor::Rep::is_wanted(const Period& valid) {
  return !is_at_one_instant() || valid == kAllTime || valid.contains(instant());
}

size_t RowCursor::Rep::keep_payload(const Fact& fact) {
  const size_t offset = payloads.size();
  if (!is_left_out(fact)) payloads.append(fact.payload);
  return offset;
}

bool RowCursor::Rep::is_left_out(const Fact& fact) const {
  return fact.payload.size() >= kLargePayloadBytes && payloads.size() + fact.payload.size() > kKeptBytesMax;
}

std::string_view RowCursor::Rep::read_again(const CollectedRow& collected) {
  place = Place::kLost;
  if (!goes_on()) return {};
  if (!versions->find_version(key, collected.system_from, collected.ordinal)) {
    failure = versions->status();
    if (failure) failure = Status::corrupt("a version that was there is not found again");
    return {};
  }
  const std::optional<Fact> fact = decode();
  return fact ? fact->payload : std::string_view();
}

void RowCursor::Rep::collect(const Fact& fact, const Period& valid, uint64_t system_to,
                             size_t payload_offset) {
  const bool left_out = payload_offset + fact.payload.size() > payloads.size();
  rows.push_back({valid, versions->commit(), system_to, versions->ordinal(), payload_offset,
                  fact.payload.size(), left_out});
}

bool RowCursor::Rep::show_collected() { return !rows.empty() && show(0); }

bool RowCursor::Rep::show(size_t index) {
  const CollectedRow& collected = rows[index];
  row_index = index;
  const std::string_view payload =
      collected.is_left_out
          ? read_again(collected)
          : std::string_view(payloads).substr(collected.payload_offset, collected.payload_size);
  row = {key, payload, collected.valid, collected.system_from, collected.system_to, collected.ordinal};
  return failure.is_ok();
}

void RowCursor::Rep::next() {
  SPECTRADB_ASSERT(has_row);
  if (newest != nullptr) return next_newest();
  if (range == Range::kDescending && next_in_stretch()) return;
  next_forwards();
}

void RowCursor::Rep::next_forwards() {
  if (row_index + 1 < rows.size()) {
    has_row = show(row_index + 1);
    return;
  }
  if (range == Range::kPoint) {
    has_row = false;
    return;
  }
  leave_key();
  resolve_keys();
}

// Returns false when the next row must be found one by one, before `key`.
bool RowCursor::Rep::next_in_stretch() {
  if (!stretch.is_open) {
    if (row_index + 1 < rows.size() || --one_by_one > 0) return false;
    stretch.from = key;
  } else if (stretch.shown + 1 < stretch.rows.size()) {
    row = stretch.at(++stretch.shown);
    return true;
  }
  do {
    if (stretch.from <= lower) {
      has_row = false;
      return true;
    }
    if (!read_stretch()) {
      key = stretch.from;
      rows.clear();
      stretch.clear();
      return false;
    }
    if (!failure.is_ok()) return true;
  } while (stretch.rows.empty());
  row = stretch.at(0);
  has_row = true;
  return true;
}

// Reads what lies before stretch.from. Returns false, and leaves that as it was, when no stretch is known or it has too
// many rows.
bool RowCursor::Rep::read_stretch() {
  const std::string before = stretch.from;
  stretch.clear();
  std::string from;
  if (!versions->find_stretch_before(before, &from) || from >= before) {
    one_by_one = static_cast<int>(kStretchRowsMax);
    return false;
  }
  if (from < lower) from = lower;
  range = Range::kAscending;
  upper = before;
  versions->seek(from);
  const auto has_room = [&] {
    return stretch.rows.size() < kStretchRowsMax &&
           stretch.bytes.size() + row.payload.size() <= kKeptBytesMax;
  };
  for (resolve_keys(); has_row && has_room(); next_forwards()) stretch.add(row);
  const bool is_whole = !has_row;
  range = Range::kDescending;
  has_row = false;
  if (failure.is_ok() && !versions->valid()) failure = versions->status();
  if (!is_whole && failure.is_ok()) {
    one_by_one = static_cast<int>(kStretchRowsMax);
    return false;
  }
  stretch.turn();
  stretch.from = std::move(from);
  stretch.is_open = true;
  return true;
}

RowCursor::RowCursor(std::unique_ptr<lsm::VersionCursor> versions, const ReadTimes& times)
    : rep_(std::make_unique<Rep>(std::move(versions), times)) {}

RowCursor::~RowCursor() = default;

void RowCursor::seek(std::string_view lower, std::string_view upper, bool descending) {
  rep_->start(descending ? Range::kDescending : Range::kAscending);
  if (descending) {
    rep_->lower.assign(lower);
    rep_->versions->seek_before(upper);
  } else {
    rep_->upper.assign(upper);
    rep_->versions->seek(lower);
  }
  rep_->resolve_keys();
}

void RowCursor::scan(std::string_view lower, std::string_view upper) {
  if (rep_->may_read_ahead()) {
    rep_->start(Range::kAscending);
    rep_->upper.assign(upper);
    rep_->newest = rep_->versions->seek_newest(lower, upper);
    if (rep_->newest != nullptr) {
      rep_->reads_versions = false;
      return rep_->show_newest();
    }
  }
  seek(lower, upper, false);
}

void RowCursor::seek_point(std::string_view user_key) {
  std::optional<RememberedRows::Stamp> stamp;  // taken before anything is read
  if (rep_->store_cursor != nullptr && rep_->may_read_ahead()) stamp = rep_->store_cursor->stamp();
  if (stamp && rep_->show_remembered(user_key, *stamp)) return;
  rep_->start(Range::kPoint);
  rep_->versions->seek_key(user_key);
  rep_->resolve_keys();
  if (stamp) rep_->remember(*stamp);
}

void RowCursor::next() { rep_->next(); }

bool RowCursor::valid() const { return rep_->has_row; }

Status RowCursor::status() const {
  if (!rep_->failure.is_ok() || rep_->has_row || !rep_->reads_versions) return rep_->failure;
  return rep_->versions->status();
}

const ResolvedRow& RowCursor::row() const {
  SPECTRADB_ASSERT(rep_->has_row);
  return rep_->row;
}

void RowCursor::set_times(const ReadTimes& times) {
  rep_->times = times;
  rep_->now.reset();
  rep_->has_row = false;
}

bool RowCursor::asked_for_instant() const {
  return rep_->times.valid == ValidMode::kAt || rep_->now.has_value();
}

lsm::VersionCursor& RowCursor::versions() { return *rep_->versions; }

}  // namespace spectradb::temporal
