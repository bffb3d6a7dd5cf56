#include "extension/facets/text/text_sizes.h"

#include <algorithm>

#include "base/assert.h"
#include "extension/facets/text/text_index.h"
#include "temporal/corruption.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Fact;
using temporal::Operation;
using temporal::Period;

namespace {

constexpr size_t kKeptCounts = 4;         // the present and some times of the past
constexpr size_t kKeptBytes = 32u << 20;  // of all counts together
constexpr size_t kFewestChanges = 64;     // up to here a kept count is carried on, however few rows it has
constexpr size_t kRowsAChange = 8;        // beyond that, all rows are counted again
constexpr uint32_t kVersionsAQuestion = 1024;  // between questions whether the statement is interrupted

int64_t instant_of(const MatchSpace& space) {
  return space.times.valid == temporal::ValidMode::kAt ? space.times.at_us : space.times.callbacks->now();
}

// Resolves the entries of rows' sizes at one instant of valid time.
class SizeReader {
 public:
  explicit SizeReader(const MatchSpace& space)
      : space_(space), versions_(space.store.new_cursor(space.options)) {
    temporal::append_table_id(from_, space.index.id);
    from_ += TextEntries::size_key();
  }

  // Visits the size of each row that there is, its key behind the entry's part, in the order of keys.
  template <typename Visit>
  Status each(const Visit& visit) {
    const std::string to = temporal::after_prefix(from_);
    versions_->set_all_versions(false);
    for (versions_->seek(from_); versions_->valid() && versions_->user_key() < to;) {
      key_.assign(versions_->user_key());
      SPECTRADB_RETURN_IF_ERROR(resolve());
      if (words_) visit(row_key(), *words_);
      if (!has_left_) versions_->next_key();
    }
    return versions_->status();
  }
  // Appends the keys of rows whose sizes were written after a commit; stops beyond `most`.
  Status find_changed(uint64_t since, size_t most, std::vector<std::string>* keys) {
    const std::string to = temporal::after_prefix(from_);
    versions_->set_all_versions(true);
    versions_->set_min_commit(since + 1);
    for (versions_->seek(from_); versions_->valid() && versions_->user_key() < to && keys->size() <= most;
         versions_->next_key()) {
      if (versions_->commit() > since) keys->emplace_back(versions_->user_key().substr(from_.size()));
      SPECTRADB_RETURN_IF_ERROR(check_interrupted());
    }
    versions_->set_min_commit(0);
    return versions_->status();
  }
  // Returns nothing where there is no such row.
  Result<std::optional<uint64_t>> find(std::string_view row_key) {
    key_.assign(from_).append(row_key);
    versions_->set_all_versions(false);
    versions_->seek_key(key_);
    words_.reset();
    if (versions_->valid()) SPECTRADB_RETURN_IF_ERROR(resolve());
    SPECTRADB_RETURN_IF_ERROR(versions_->status());
    return words_;
  }
  // The valid time in which all that was read holds.
  const Period& valid() const { return valid_; }

 private:
  std::string_view row_key() const { return std::string_view(key_).substr(from_.size()); }
  // Only bounded facts depend on the instant.
  int64_t instant() {
    if (!instant_) instant_ = instant_of(space_);
    return *instant_;
  }
  Status check_interrupted() {
    if (++versions_seen_ % kVersionsAQuestion != 0 || !space_.times.callbacks->is_interrupted ||
        !space_.times.callbacks->is_interrupted())
      return Status::ok();
    return Status(Code::kInterrupted, "interrupted");
  }
  // Reads the versions of key_, the newest first, up to the one that holds.
  Status resolve() {
    words_.reset();
    has_left_ = false;
    do {
      SPECTRADB_RETURN_IF_ERROR(check_interrupted());
      SPECTRADB_ASSIGN_OR_RETURN(const Fact fact, temporal::decode_fact(versions_->value()));
      const bool is_for_ever = fact.valid == Period{};
      if (!is_for_ever && !fact.valid.contains(instant())) {
        exclude(fact.valid);
        continue;
      }
      if (!is_for_ever) valid_ = temporal::intersect(valid_, fact.valid);
      if (fact.operation == Operation::kPut) {
        SPECTRADB_ASSIGN_OR_RETURN(words_, decode_word_count(fact.payload));
      }
      return Status::ok();
    } while (next_version());
    return versions_->status();
  }
  bool next_version() {
    versions_->next();
    has_left_ = !versions_->valid() || versions_->user_key() != key_;
    return !has_left_;
  }
  void exclude(const Period& other) {
    if (other.is_empty()) return;
    valid_ = temporal::intersect(
        valid_, other.to.us <= instant() ? Period{other.to, Period{}.to} : Period{Period{}.from, other.from});
  }

  const MatchSpace& space_;
  std::unique_ptr<lsm::VersionCursor> versions_;
  std::string from_;
  std::string key_;
  std::optional<uint64_t> words_;
  bool has_left_ = false;  // the cursor is past key_
  std::optional<int64_t> instant_;
  Period valid_;
  uint32_t versions_seen_ = 0;
};

}  // namespace

std::string_view CountedText::Rows::key(size_t i) const {
  const size_t begin = i == 0 ? 0 : ends[i - 1];
  return std::string_view(keys).substr(begin, ends[i] - begin);
}

size_t CountedText::bytes() const {
  if (rows_ == nullptr) return 0;
  return rows_->keys.capacity() + (rows_->ends.capacity() + rows_->words.capacity()) * sizeof(uint32_t);
}

std::optional<uint64_t> CountedText::words_of(std::string_view key, size_t* place) const {
  SPECTRADB_ASSERT(has_rows());
  if (!changes_.empty()) {
    const auto changed = changes_.find(key);
    if (changed != changes_.end()) return changed->second;
  }
  // Goes on in steps of doubling length, and then by halves of the last one.
  const Rows& rows = *rows_;
  size_t low = *place > 0 && rows.key(*place - 1) >= key ? 0 : *place;
  size_t high = low;
  for (size_t step = 1; high < rows.size() && rows.key(high) < key; step *= 2) {
    low = high + 1;
    high = std::min(rows.size(), high + step);
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (rows.key(middle) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *place = low;
  if (low == rows.size() || rows.key(low) != key) return std::nullopt;
  return rows.words[low];
}

Result<std::shared_ptr<const CountedText>> CountedText::count(const MatchSpace& space) {
  SizeReader reader(space);
  auto counted = std::make_shared<CountedText>();
  auto rows = std::make_shared<Rows>();
  TextSize& all = counted->all_;
  size_t bytes = 0;
  SPECTRADB_RETURN_IF_ERROR(reader.each([&](std::string_view key, uint64_t words) {
    ++all.rows;
    all.words += words;
    if (rows == nullptr) return;
    rows->keys.append(key);
    rows->ends.push_back(static_cast<uint32_t>(rows->keys.size()));
    rows->words.push_back(static_cast<uint32_t>(words));
    bytes += key.size() + 2 * sizeof(uint32_t);
    if (bytes > kKeptBytes || words > UINT32_MAX) rows.reset();
  }));
  counted->commit_ = space.options.max_commit;
  counted->valid_ = reader.valid();
  counted->rows_ = std::move(rows);
  return std::shared_ptr<const CountedText>(std::move(counted));
}

Result<std::shared_ptr<const CountedText>> CountedText::carried_on(const MatchSpace& space) const {
  if (!has_rows()) return std::shared_ptr<const CountedText>();
  SizeReader reader(space);
  std::vector<std::string> keys;
  const size_t most = std::max(kFewestChanges, rows_->size() / kRowsAChange);
  SPECTRADB_RETURN_IF_ERROR(reader.find_changed(commit_, most, &keys));
  if (keys.size() + changes_.size() > most) return std::shared_ptr<const CountedText>();
  auto counted = std::make_shared<CountedText>(*this);
  size_t place = 0;
  for (const std::string& key : keys) {
    const std::optional<uint64_t> before = words_of(key, &place);
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> after, reader.find(key));
    counted->all_.rows += uint64_t{after.has_value()} - uint64_t{before.has_value()};
    counted->all_.words += after.value_or(0) - before.value_or(0);
    counted->changes_[key] = after;
  }
  counted->commit_ = space.options.max_commit;
  counted->valid_ = temporal::intersect(valid_, reader.valid());
  return std::shared_ptr<const CountedText>(std::move(counted));
}

bool CountedText::holds_at(const MatchSpace& space) const {
  return valid_ == Period{} || valid_.contains(instant_of(space));
}

Result<std::shared_ptr<const CountedText>> TextSizes::at(const MatchSpace& space) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_erased, erasures_.has_moved(space.database));
  if (is_erased) kept_.clear();
  if (space.options.own == nullptr) return committed(space);
  MatchSpace before = space;
  before.options.own = nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const Counted counted, committed(before));
  SPECTRADB_ASSIGN_OR_RETURN(Counted own, counted->carried_on(space));
  if (own != nullptr) return own;
  return CountedText::count(space);
}

Result<TextSizes::Counted> TextSizes::committed(const MatchSpace& space) {
  Counted counted = take(space);
  if (counted != nullptr && counted->commit() != space.options.max_commit) {
    SPECTRADB_ASSIGN_OR_RETURN(counted, counted->carried_on(space));
  }
  if (counted == nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(counted, CountedText::count(space));
  }
  keep(counted);
  return counted;
}

// Takes out the newest count of this commit or an earlier one that holds at the instant. Null where there is none.
TextSizes::Counted TextSizes::take(const MatchSpace& space) {
  auto best = kept_.end();
  for (auto each = kept_.begin(); each != kept_.end(); ++each) {
    if ((*each)->commit() > space.options.max_commit || !(*each)->holds_at(space)) continue;
    if (best == kept_.end() || (*each)->commit() >= (*best)->commit()) best = each;
  }
  if (best == kept_.end()) return nullptr;
  Counted found = *best;
  // A count that is carried on stays: it shares its rows with the new one.
  if (found->commit() == space.options.max_commit) kept_.erase(best);
  return found;
}

void TextSizes::keep(Counted counted) {
  kept_.push_back(std::move(counted));
  if (kept_.size() > kKeptCounts) kept_.erase(kept_.begin());
  size_t bytes = 0;
  size_t first = kept_.size();
  while (first > 0 && bytes + kept_[first - 1]->bytes() <= kKeptBytes) bytes += kept_[--first]->bytes();
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(std::min(first, kept_.size() - 1)));
}

}  // namespace spectradb::extension
