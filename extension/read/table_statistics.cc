#include "extension/read/table_statistics.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "extension/table/table.h"
#include "lsm/base/checksum.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::IndexPart;

namespace {

constexpr size_t kIdSize = sizeof(uint32_t);
constexpr size_t kRuns = 8;
constexpr size_t kRunLength = 64;       // entries
constexpr size_t kWhole = 512;          // so many entries are all read
constexpr size_t kUnsampled = 1000;     // entries read from the beginning where the store has no sample
constexpr uint64_t kDeletedFactor = 4;  // entries that were deleted may be passed for each that counts
constexpr double kChangesMin = 2;       // changes of a value that tell how often it changes
constexpr double kMostlyNull = 0.01;    // the rows of one value, where all that was seen is NULL

// Describes the first columns of an entry: how long they are, and whether one of them is NULL.
struct Prefix {
  size_t size = 0;  // bytes
  bool has_null = false;
};

// Looks at the entries of one key space.
class Survey {
 public:
  Survey(Table& table, lsm::Store& store, uint32_t id, const std::vector<IndexPart>& path)
      : table_(table), path_(path) {
    temporal::append_table_id(from_, id);
    to_ = temporal::after_prefix(from_);
    lsm::CursorOptions options;
    options.max_commit = store.published();
    options.all_versions = false;
    options.own = table.database().batch().get();
    options.own_commit = table.database().own_commit();
    entries_ = store.new_cursor(options);
    counts_.resize(path.size());
    if (table.size_between(from_, to_).current > kWhole) starts_ = store.sample_keys(from_, to_, kRuns);
  }

  std::vector<double> find() {
    if (starts_.size() < 2) {
      read_run(from_, kUnsampled);
    } else {
      for (const std::string& start : starts_) {
        if (start >= behind_) read_run(start, kRunLength);
      }
    }
    std::vector<double> densities;
    if (seen_ == 0 || !entries_->status()) return densities;
    for (size_t columns = 1; columns <= path_.size(); ++columns) {
      const double found = std::max(1.0, rows_of(columns));
      densities.push_back(columns == 1 ? found : std::min(found, densities.back()));
    }
    return densities;
  }

 private:
  struct Count {
    double rows = 0;     // without NULL
    double changes = 0;  // of them that have other values than the one before
  };

  void read_run(const std::string& start, size_t length) {
    std::string before;
    uint64_t passed = 0;
    size_t read = 0;
    for (entries_->seek(start); entries_->valid() && entries_->user_key() < to_ && read < length;
         entries_->next_key()) {
      const Result<temporal::Fact> fact = temporal::decode_fact(entries_->value());
      if (!fact || ++passed > kDeletedFactor * length) break;
      if (fact->operation == temporal::Operation::kDelete) continue;
      const std::string_view entry = entries_->user_key().substr(kIdSize);
      if (!read_prefixes(entry)) break;
      if (read == 0) firsts_.push_back({std::string(entry), prefixes_});
      if (read > 0 || length == kUnsampled) count(before, entry);
      before = entry;
      ++read;
    }
    seen_ += read;
    is_whole_ = length == kUnsampled && (!entries_->valid() || entries_->user_key() >= to_);
    behind_ = entries_->valid() ? std::string(entries_->user_key()) : to_;
  }

  bool read_prefixes(std::string_view entry) {
    prefixes_.clear();
    Prefix prefix;
    std::string_view rest = entry;
    for (const IndexPart& part : path_) {
      one_part_.assign(1, part);
      const auto extent = temporal::extent_of_parts(rest, one_part_);
      if (!extent) return false;
      prefix.size += extent->size;
      prefix.has_null = prefix.has_null || extent->has_null;
      prefixes_.push_back(prefix);
      rest.remove_prefix(extent->size);
    }
    return true;
  }

  // An entry behind another one; behind none for the first of a key space that is read from its beginning.
  void count(std::string_view before, std::string_view entry) {
    const auto common = static_cast<size_t>(
        std::mismatch(before.begin(), before.end(), entry.begin(), entry.end()).first - before.begin());
    for (size_t i = 0; i < path_.size(); ++i) {
      if (prefixes_[i].has_null) continue;
      counts_[i].rows += 1;
      if (common < prefixes_[i].size) counts_[i].changes += 1;
    }
  }

  double rows_of(size_t columns) {
    const Count& counted = counts_[columns - 1];
    if (counted.changes >= kChangesMin || (is_whole_ && counted.changes > 0))
      return counted.rows / counted.changes;
    return rows_of_large(columns, counted);
  }

  // A run begins in a value as often as it has rows, so the mean of parts of a row for each is the number of values
  // over that of rows.
  double rows_of_large(size_t columns, const Count& counted) {
    double sum = 0;
    double count = 0;
    for (const First& first : firsts_) {
      const Prefix& prefix = first.prefixes[columns - 1];
      if (prefix.has_null) continue;
      const std::string lower = from_ + first.entry.substr(0, prefix.size);
      const auto rows =
          static_cast<double>(table_.size_between(lower, temporal::after_prefix(lower)).current);
      sum += 1 / std::max(1.0, rows);
      count += 1;
    }
    if (count > 0) return std::max(count / sum, counted.rows / (counted.changes + 1));
    if (counted.rows > 0) return counted.rows / std::max(1.0, counted.changes);
    return kMostlyNull * static_cast<double>(table_.size_between(from_, to_).current);
  }

  struct First {  // entry of a run
    std::string entry;
    std::vector<Prefix> prefixes;
  };

  Table& table_;
  const std::vector<IndexPart>& path_;
  std::string from_;
  std::string to_;
  std::unique_ptr<lsm::VersionCursor> entries_;
  std::vector<std::string> starts_;
  std::vector<Count> counts_;  // for each number of columns
  std::vector<First> firsts_;
  std::vector<Prefix> prefixes_;  // of the entry under way
  std::vector<IndexPart> one_part_;
  std::string behind_;  // the runs so far end before this key
  size_t seen_ = 0;
  bool is_whole_ = false;
};

// Whether so much changed that another look may find something else.
bool is_outdated(uint64_t then, uint64_t now) {
  constexpr uint64_t kPart = 4;
  constexpr uint64_t kAtLeast = 4;
  const uint64_t changed = then < now ? now - then : then - now;
  return changed > then / kPart + kAtLeast;
}

struct KnownSize {
  uint64_t published = 0;  // the store's last commit when it was asked
  lsm::RangeSize size;
};
struct KnownDensity {
  uint64_t versions = 0;  // of the table when it was looked at
  // For [i] the rows of one value of the first i + 1 columns. NULLs, which equal nothing, are left out. Empty where
  // nothing is known.
  std::vector<double> rows;
};

struct KnownStatistics {
  std::mutex mutex;  // of both maps
  std::unordered_map<uint64_t, KnownSize> sizes;
  std::unordered_map<uint64_t, KnownDensity> densities;
};

// Never destroyed: other threads may still prepare statements when the process ends.
KnownStatistics& known_statistics() {
  static KnownStatistics* all = new KnownStatistics;
  return *all;
}

// Returns what statistics are remembered by: a checksum of the store and the id. If two are equal, estimates are
// wrong, and answers are not.
uint64_t known_key(const lsm::Store& store, uint32_t id) { return lsm::checksum64(store.id(), id); }

// Returns what is remembered under the key, if it still holds: of the table as it is now.
template <typename Known, typename Holds>
std::optional<Known> remembered(const std::unordered_map<uint64_t, Known>& all, uint64_t key,
                                const Holds& holds) {
  const std::lock_guard lock(known_statistics().mutex);
  const auto known = all.find(key);
  if (known == all.end() || !holds(known->second)) return std::nullopt;
  return known->second;
}

template <typename Known>
void remember(std::unordered_map<uint64_t, Known>& all, uint64_t key, Known known) {
  constexpr size_t kMostRemembered = 10'000;
  const std::lock_guard lock(known_statistics().mutex);
  if (all.size() >= kMostRemembered) all.clear();
  all.insert_or_assign(key, std::move(known));
}

}  // namespace

lsm::RangeSize TableStatistics::size() const {
  const Result<lsm::Store*> store = table_.database().store(Database::Wait::kNo);
  if (!store || table_.database().batch() != nullptr) return table_.size();
  // A store of rows that was only opened knows of no commit, and so of no row, until it follows. Running the statement
  // reports what is wrong with it.
  if ((*store)->published() == 0 && table_.database().has_rows_store()) (void)table_.database().snapshot();
  const uint64_t published = (*store)->published();
  const uint64_t key = known_key(**store, table_.schema().id);
  const auto holds = [published](const KnownSize& known) { return known.published == published; };
  if (const auto known = remembered(known_statistics().sizes, key, holds)) return known->size;
  const lsm::RangeSize size = table_.size();
  remember(known_statistics().sizes, key, KnownSize{published, size});
  return size;
}

std::optional<double> TableStatistics::rows_of_value(uint32_t id, const std::vector<IndexPart>& path,
                                                     size_t columns, const lsm::RangeSize& size) const {
  if (size.current == 0 || columns == 0 || columns > path.size()) return std::nullopt;
  const Result<lsm::Store*> store = table_.database().store(Database::Wait::kNo);
  if (!store) return std::nullopt;
  const uint64_t versions = size.current + size.superseded;
  const uint64_t key = known_key(**store, id);
  const auto rows_in = [columns](const std::vector<double>& rows) {
    return columns <= rows.size() ? std::optional(rows[columns - 1]) : std::nullopt;
  };
  const auto holds = [versions](const KnownDensity& known) { return !is_outdated(known.versions, versions); };
  if (const auto known = remembered(known_statistics().densities, key, holds)) return rows_in(known->rows);
  std::vector<double> rows = Survey(table_, **store, id, path).find();
  const std::optional<double> found = rows_in(rows);
  remember(known_statistics().densities, key, KnownDensity{versions, std::move(rows)});
  return found;
}

}  // namespace spectradb::extension
