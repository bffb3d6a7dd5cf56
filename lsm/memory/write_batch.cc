#include "lsm/memory/write_batch.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/memory/large_entries.h"
#include "lsm/memory/write_batch_rep.h"

namespace spectradb::lsm {
namespace {

constexpr uint64_t kLargeEntryBytes = 1u << 20;
// The reads of a transaction look into each of its runs.
constexpr size_t kMostRunsOfLargeEntries = 16;

// Reads the record at `from`, which this process wrote whole. Returns its end.
const char* read_record(const char* from, std::string_view* user_key, std::string_view* value) {
  uint64_t size = 0;
  from = decode_varint(from, from + kMaxVarintBytes, &size);
  *user_key = {from, static_cast<size_t>(size)};
  from = decode_varint(from + size, from + size + kMaxVarintBytes, &size);
  *value = {from, static_cast<size_t>(size)};
  return from + size;
}

}  // namespace

WriteBatch::WriteBatch() : rep_(std::make_unique<Rep>()) {}
WriteBatch::~WriteBatch() = default;

uint32_t WriteBatch::put(std::string_view user_key, std::string_view value, const VersionBounds& valid) {
  return put_parts(*this, user_key, {&value, 1}, valid);
}

uint32_t put_parts(WriteBatch& batch, std::string_view user_key, std::span<const std::string_view> value,
                   const VersionBounds& valid) {
  WriteBatch::Rep* const rep = batch.rep();
  SPECTRADB_ASSERT(!rep->is_taken && "a published batch takes no more writes before clear()");
  // Counted once the record is there: where memory runs out, the next one gets this ordinal.
  const uint32_t ordinal = rep->next_ordinal;
  rep->list->put_parts(user_key, 0, ordinal, value, valid);
  rep->next_ordinal = ordinal + 1;
  rep->living += 1;
  rep->changes += 1;
  return ordinal;
}

void WriteBatch::prefetch(std::string_view user_key) const { rep_->list->prefetch(user_key); }

uint32_t WriteBatch::mark() const { return rep_->next_ordinal; }

void WriteBatch::rollback_to(uint32_t mark) {
  if (mark >= rep_->next_ordinal) return;
  auto& dead = rep_->dead;
  uint32_t from = mark;
  while (!dead.empty() && dead.back().to >= from) {
    from = std::min(from, dead.back().from);
    dead.pop_back();
  }
  dead.push_back({from, rep_->next_ordinal});
  uint64_t killed = 0;
  for (const DeadRange& range : dead) killed += range.to - range.from;
  rep_->living = rep_->next_ordinal - killed;
  SPECTRADB_ASSERT(rep_->living == rep_->living_between(0, rep_->next_ordinal));
  rep_->changes += 1;
}

struct WriteBatch::Held {
  std::shared_ptr<VersionList> list;
  std::vector<std::shared_ptr<SpilledRun>> spilled;
};

std::shared_ptr<const WriteBatch::Held> WriteBatch::held() const {
  return std::make_shared<Held>(Held{rep_->list, rep_->spilled});
}

void WriteBatch::hold(const Held* held) {
  // While the spilled runs are the same, so is the list.
  if (held == nullptr ? rep_->spilled.empty() : rep_->spilled == held->spilled) return;
  rep_->list = held == nullptr ? std::make_shared<VersionList>(VersionList::Use::kOneThread) : held->list;
  rep_->spilled = held == nullptr ? std::vector<std::shared_ptr<SpilledRun>>() : held->spilled;
  rep_->changes += 1;
}

void WriteBatch::make_room_for_rollback() {
  auto& dead = rep_->dead;
  if (dead.size() == dead.capacity()) dead.reserve(2 * dead.size() + 1);
}

void WriteBatch::clear() {
  if (rep_->next_ordinal != 0) rep_->list = std::make_shared<VersionList>(VersionList::Use::kOneThread);
  rep_->is_taken = false;
  rep_->spilled.clear();
  rep_->dead.clear();
  rep_->next_ordinal = 0;
  rep_->living = 0;
  rep_->changes += 1;
}

uint64_t WriteBatch::count() const { return rep_->living; }
uint64_t WriteBatch::estimate_between(std::string_view from, std::string_view to) const {
  uint64_t entries = rep_->list->estimate_between(from, to);
  for (const auto& run : rep_->spilled) {
    for (const SstableList& tables : run->shards) {
      for (const auto& table : tables) entries += table->estimate_between(from, to);
    }
  }
  return entries;
}
uint64_t WriteBatch::size_bytes() const { return rep_->list->size_bytes(); }
void WriteBatch::remove_files() {
  for (const auto& run : rep_->spilled) run->remove_files();
}
bool WriteBatch::is_spilled() const { return !rep_->spilled.empty(); }

void WriteBatch::for_each(const std::function<void(uint32_t ordinal, std::string_view user_key,
                                                   std::string_view value)>& visit) const {
  for (const Rep::Run& run : rep_->living_runs()) {
    const char* record = run.records.data();
    for (uint32_t i = 0; i < run.count; ++i) {
      std::string_view user_key;
      std::string_view value;
      record = read_record(record, &user_key, &value);
      visit(run.first_ordinal + i, user_key, value);
    }
  }
}

uint64_t WriteBatch::Rep::living_between(uint32_t from, uint32_t to) const {
  uint64_t count = to - from;
  for (const DeadRange& range : dead) {
    const uint32_t first = std::max(from, range.from);
    const uint32_t end = std::min(to, range.to);
    if (first < end) count -= end - first;
  }
  return count;
}

bool is_worth_spilling(const WriteBatch& batch, uint64_t memtable_bytes) {
  const WriteBatch::Rep& rep = *batch.rep();
  const uint64_t held_bytes = rep.list->size_bytes();
  return held_bytes >= memtable_bytes / 2 && rep.spilled.size() < kMostRunsOfLargeEntries &&
         held_bytes / std::max<uint64_t>(rep.list->count(), 1) >= kLargeEntryBytes;
}

std::vector<WriteBatch::Rep::Run> WriteBatch::Rep::living_runs() const {
  std::vector<Run> runs;
  for (const VersionList::Chunk& chunk : list->chunks()) {
    if (dead.empty()) {
      runs.push_back({chunk.first_ordinal, chunk.count, {chunk.bytes.get(), chunk.used_bytes}});
      continue;
    }
    const char* record = chunk.bytes.get();
    const char* start = record;  // where the run that is growing begins
    uint32_t count = 0;
    for (uint32_t i = 0; i < chunk.count; ++i) {
      std::string_view user_key;
      std::string_view value;
      const char* end = read_record(record, &user_key, &value);
      const uint32_t ordinal = chunk.first_ordinal + i;
      if (is_dead(dead, ordinal)) {
        if (count > 0) runs.push_back({ordinal - count, count, {start, static_cast<size_t>(record - start)}});
        start = end;
        count = 0;
      } else {
        ++count;
      }
      record = end;
    }
    if (count > 0) {
      runs.push_back(
          {chunk.first_ordinal + chunk.count - count, count, {start, static_cast<size_t>(record - start)}});
    }
  }
  return runs;
}

}  // namespace spectradb::lsm
