// Checks what facts did to their key, and until when they held, against a walk over every point of the valid
// axis; and what differs between two commits.
#include "temporal/fact_history.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random_seed.h"
#include "temporal/difference.h"
#include "temporal/key_codec.h"
#include "temporal/memory_versions.h"

namespace spectradb::temporal {
namespace {

constexpr int kPoints = 8;  // bound i lies before point i; 0 and kPoints are unbounded

struct PointFact {
  uint64_t commit;
  uint32_t ordinal;
  int from;
  int to;
  bool is_delete;
  std::string payload;
};

Period period_of(int from, int to) {
  Period period;
  if (from > 0) period.from.us = from;
  if (to < kPoints) period.to.us = to;
  return period;
}

class Ledger {
 public:
  explicit Ledger(uint64_t seed) : random_(seed) {
    schema_.id = 1;
    Column column;
    column.name = "v";
    schema_.columns.push_back(column);
    append_table_id(key_, schema_.id);
    append_key_value(key_, Value::of_integer(7), Collation::kBinary);
  }

  void fill(int count) {
    uint64_t commit = 1;
    uint32_t ordinal = 0;
    for (int i = 0; i < count; ++i) {
      if (below(3) > 0) {
        ++commit;
        ordinal = 0;
      }
      const int from = below(2) == 0 ? 0 : below(kPoints);
      const int to = below(2) == 0 ? kPoints : from + 1 + below(kPoints - from);
      const bool is_delete = below(4) == 0;
      PointFact fact{commit, ordinal++, from, to, is_delete, ""};
      if (!is_delete) encode_row(fact.payload, schema_, {Value::of_integer(below(2))});
      MemoryVersion version{commit, fact.ordinal, {}};
      encode_fact(version.value,
                  {period_of(from, to), is_delete ? Operation::kDelete : Operation::kPut, fact.payload});
      versions_[key_].push_back(std::move(version));
      facts_.push_back(fact);
    }
    last_commit_ = commit;
  }

  void check_history() {
    MemoryCursor cursor(versions_, last_commit_);
    cursor.seek("");
    FactHistory history;
    REQUIRE(history.read(cursor));
    CHECK_FALSE(cursor.valid());
    REQUIRE(history.facts().size() == facts_.size());
    for (size_t i = 0; i < facts_.size(); ++i) {
      const ToldFact& told = history.facts()[i];
      const PointFact& fact = facts_[i];
      CAPTURE(i);
      CHECK(told.commit == fact.commit);
      CHECK(told.ordinal == fact.ordinal);
      CHECK(told.valid == period_of(fact.from, fact.to));
      CHECK(told.payload == fact.payload);
      const Change change = change_at(i);
      CHECK(told.change == change);
      CHECK(told.superseded_by == superseded_at(i));
      MemoryCursor again(versions_, last_commit_);
      const Fact encoded{period_of(fact.from, fact.to), fact.is_delete ? Operation::kDelete : Operation::kPut,
                         fact.payload};
      const Result<Change> alone = change_of(again, key_, fact.commit, fact.ordinal, encoded);
      REQUIRE(alone);
      CHECK(*alone == change);
    }
    check_deleted(history);
  }

  // Each payload is what it was without large rows, and the same when it is read again.
  void check_large() {
    const std::string large(5u << 20, 'l');
    size_t number = 0;
    for (MemoryVersion& version : versions_[key_]) {
      const Result<Fact> fact = decode_fact(version.value);
      REQUIRE(fact);
      if (fact->operation == Operation::kDelete) continue;
      std::string payload = large + std::to_string(number++);
      std::string encoded;
      encode_fact(encoded, {fact->valid, fact->operation, payload});
      version.value = std::move(encoded);
    }
    MemoryCursor cursor(versions_, last_commit_);
    MemoryCursor again(versions_, last_commit_);
    FactHistory history;
    cursor.seek("");
    REQUIRE(history.read(cursor));
    const std::vector<MemoryVersion>& written = versions_[key_];
    REQUIRE(history.facts().size() == written.size());
    size_t left_out = 0;
    for (size_t i = 0; i < written.size(); ++i) {
      const ToldFact& told = history.facts()[i];
      if (told.is_left_out) ++left_out;
      const Result<std::string_view> payload = history.payload_of(told, again);
      REQUIRE(payload);
      CHECK((*payload == decode_fact(written[i].value)->payload));
    }
    CHECK(left_out == (number > 3 ? number - 3 : 0));
    FactHistory told_only;
    cursor.seek("");
    REQUIRE(told_only.read(cursor, FactHistory::Payloads::kNone));
    for (size_t i = 0; i < written.size(); ++i) {
      CHECK(told_only.facts()[i].payload.empty());
      CHECK(told_only.facts()[i].commit == history.facts()[i].commit);
      CHECK(told_only.facts()[i].change == history.facts()[i].change);
    }
  }

  // Each delete must have taken away maximal runs of points at which one fact had shown.
  void check_deleted(const FactHistory& history) {
    size_t next = 0;
    for (size_t i = 0; i < facts_.size(); ++i) {
      if (!facts_[i].is_delete) continue;
      for (int point = facts_[i].from, end = 0; point < facts_[i].to; point = end) {
        const std::optional<size_t> shown = shown_before(i, point);
        for (end = point + 1; end < facts_[i].to && shown_before(i, end) == shown;) ++end;
        if (!shown) continue;
        REQUIRE(next < history.deleted().size());
        const DeletedPiece& piece = history.deleted()[next++];
        CHECK(piece.fact == i);
        CHECK(piece.valid == period_of(point, end));
        CHECK(piece.payload == facts_[*shown].payload);
        CHECK(piece.superseded_by == superseded_at(i, point, end));
      }
    }
    CHECK(next == history.deleted().size());
  }

  void check_differences() {
    const auto from = static_cast<uint64_t>(below(static_cast<int>(last_commit_) + 1));
    const auto to = static_cast<uint64_t>(below(static_cast<int>(last_commit_) + 1));
    RowsOfKey before;
    RowsOfKey after;
    read_at(from, before);
    read_at(to, after);
    std::vector<DifferingPiece> pieces;
    MemoryCursor again(versions_, last_commit_);
    REQUIRE(Difference(schema_).find(key_, before, after, again, pieces));
    const auto payload = [&](const RowsOfKey& rows, const RowsOfKey::Row* row) {
      return row == nullptr ? std::nullopt : std::optional<std::string>(*rows.payload(*row, again));
    };
    size_t next = 0;
    for (int point = 0; point < kPoints;) {
      const auto old_payload = payload_at(from, point);
      const auto new_payload = payload_at(to, point);
      int end = point + 1;
      while (end < kPoints && payload_at(from, end) == old_payload && payload_at(to, end) == new_payload)
        ++end;
      if (old_payload != new_payload) {
        REQUIRE(next < pieces.size());
        CHECK(pieces[next].valid == period_of(point, end));
        CHECK(payload(before, pieces[next].before) == old_payload);
        CHECK(payload(after, pieces[next].after) == new_payload);
        ++next;
      }
      point = end;
    }
    CHECK(next == pieces.size());
  }

 private:
  int below(int bound) { return static_cast<int>(spectradb::below(random_, static_cast<uint64_t>(bound))); }

  void read_at(uint64_t commit, RowsOfKey& rows) {
    ReadTimes times;
    times.valid = ValidMode::kAll;
    RowCursor cursor(std::make_unique<MemoryCursor>(versions_, commit), times);
    REQUIRE(rows.read(cursor, key_));
  }

  std::optional<size_t> shown_before(size_t end, int point) const {
    for (size_t i = end; i-- > 0;) {
      if (point < facts_[i].from || point >= facts_[i].to) continue;
      return facts_[i].is_delete ? std::nullopt : std::optional(i);
    }
    return std::nullopt;
  }
  std::optional<std::string> payload_before(size_t end, int point) const {
    const std::optional<size_t> shown = shown_before(end, point);
    return shown ? std::optional(facts_[*shown].payload) : std::nullopt;
  }
  std::optional<std::string> payload_at(uint64_t commit, int point) const {
    size_t end = 0;
    while (end < facts_.size() && facts_[end].commit <= commit) ++end;
    return payload_before(end, point);
  }

  Change change_at(size_t index) const {
    const PointFact& fact = facts_[index];
    if (fact.is_delete) return Change::kDelete;
    for (int point = fact.from; point < fact.to; ++point) {
      if (payload_before(index, point)) return Change::kUpdate;
    }
    return Change::kInsert;
  }

  uint64_t superseded_at(size_t index) const {
    return superseded_at(index, facts_[index].from, facts_[index].to);
  }
  uint64_t superseded_at(size_t index, int from, int to) const {
    uint64_t last = 0;
    for (int point = from; point < to; ++point) {
      size_t newer = index + 1;
      while (newer < facts_.size() && (point < facts_[newer].from || point >= facts_[newer].to)) ++newer;
      if (newer == facts_.size()) return 0;
      last = std::max(last, facts_[newer].commit);
    }
    return last;
  }

  Random random_;
  TableSchema schema_;
  std::string key_;
  std::vector<PointFact> facts_;  // oldest first
  MemoryVersions versions_;
  uint64_t last_commit_ = 0;
};

TEST_CASE("what facts did, and what differs, as the valid axis has it point by point") {
  SPECTRADB_SHOW_SEED();
  for (uint64_t game = 0; game < 300; ++game) {
    CAPTURE(game);
    Ledger ledger(random_seed() + game);
    ledger.fill(1 + static_cast<int>(game % 12));
    ledger.check_history();
    for (int i = 0; i < 5; ++i) ledger.check_differences();
  }
}

TEST_CASE("large payloads beyond a bound are left out, and are read again") {
  SPECTRADB_SHOW_SEED();
  for (uint64_t game = 0; game < 3; ++game) {
    CAPTURE(game);
    Ledger ledger(random_seed() + game);
    ledger.fill(4 + static_cast<int>(game) * 3);
    ledger.check_large();
  }
}

}  // namespace
}  // namespace spectradb::temporal
