#include "extension/facets/repair/clock_repair.h"

#include <functional>
#include <limits>

#include "extension/facets/repair/planned_repair.h"
#include "extension/session/own_rows.h"
#include "extension/times/clock_problems.h"
#include "extension/times/clock_readings.h"
#include "extension/times/clock_run.h"
#include "lsm/base/coding.h"
#include "temporal/instant.h"

namespace spectradb::extension {

namespace {

// One commit as the tables have it, with the reading that they tell.
struct TimedCommit {
  uint64_t number = 0;
  int64_t time_us = 0;
  std::optional<int64_t> clock_us;
  std::optional<int64_t> was_us;
  bool has_row = false;  // it has a row in _spectradb_clock
};
using TakeCommit = std::function<Status(const TimedCommit&)>;

Status for_each_commit(Database& database, bool has_clock, const TakeCommit& take) {
  std::string sql = "SELECT commit_no, time_us, NULL, NULL, NULL FROM ";
  if (has_clock) sql = "SELECT commit_no, time_us, c.commit_no, clock_us, was_us FROM ";
  sql += CommitTable::relation(database.schema());
  if (has_clock) sql += " LEFT JOIN " + database.qualified(kClockTable) + " AS c USING (commit_no)";
  Query query(database.connection().handle(), sql + " ORDER BY 1");
  std::optional<int64_t> before_us;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return Status::ok();
    TimedCommit commit;
    commit.number = static_cast<uint64_t>(query.integer(0));
    commit.time_us = query.integer(1);
    commit.has_row = !query.is_null(2);
    if (commit.has_row) {
      if (!query.is_null(3)) commit.clock_us = query.integer(3);
      if (!query.is_null(4)) commit.was_us = query.integer(4);
    } else if (!needs_reading(commit.time_us, before_us)) {
      commit.clock_us = commit.time_us;
    }
    before_us = commit.time_us;
    SPECTRADB_RETURN_IF_ERROR(take(commit));
  }
}

class ClockRepair : public PlannedRepair {
 public:
  explicit ClockRepair(Database& database)
      : database_(database), readings_(database.connection().handle(), database.schema()) {}

  Result<lsm::RepairPlan> plan() override;
  Status act() override;

 private:
  struct Change {
    uint64_t commit = 0;
    int64_t from_us = 0;
    int64_t to_us = 0;
  };
  using TakeNew =
      std::function<Status(const TimedCommit&, int64_t time_us, std::optional<int64_t> before_us)>;

  Status look();
  Status for_each_new_time(const TakeNew& take);
  std::string sentence() const;

  Database& database_;
  ClockReadings readings_;
  bool has_clock_ = false;
  ClockRun run_;
  uint64_t last_ = 0;
  uint64_t unknown_ = 0;  // how many changed commits have unknown readings
  uint64_t changed_ = 0;
  Change first_;
  Change latest_;
  PulledCommits pulled_;
};

Status ClockRepair::for_each_new_time(const TakeNew& take) {
  const std::optional<ClockRun::First> first = run_.first_believed();
  std::optional<int64_t> before_us;
  return for_each_commit(database_, has_clock_, [&](const TimedCommit& commit) {
    int64_t time_us = 0;
    // Commits before all believed ones end right before these.
    if (first && commit.number < first->commit) {
      time_us = first->clock_us - static_cast<int64_t>(first->commit - commit.number);
    } else if (commit.clock_us && run_.is_believed(commit.number)) {
      time_us = monotone_time_us(*commit.clock_us, before_us);
    } else {
      time_us = monotone_time_us(std::numeric_limits<int64_t>::min(), before_us);
    }
    Status taken = take(commit, time_us, before_us);
    before_us = time_us;
    return taken;
  });
}

Status ClockRepair::look() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, readings_.has_table());
  has_clock_ = there;
  SPECTRADB_RETURN_IF_ERROR(for_each_commit(database_, has_clock_, [this](const TimedCommit& commit) {
    if (commit.clock_us) run_.add(commit.number, *commit.clock_us);
    last_ = commit.number;
    return Status::ok();
  }));
  run_.decide(wall_clock_us());
  if (last_ != 0 && !run_.first_believed())
    return Status::invalid(
        "all commits of " + database_.schema() +
        " lie in the future of this machine's clock: set the clock, or commit something by a "
        "clock that is right, and ask again");
  SPECTRADB_RETURN_IF_ERROR(
      for_each_new_time([this](const TimedCommit& commit, int64_t time_us, std::optional<int64_t>) {
        if (time_us == commit.time_us) return Status::ok();
        latest_ = {commit.number, commit.time_us, time_us};
        if (changed_++ == 0) first_ = latest_;
        if (!commit.clock_us) ++unknown_;
        return Status::ok();
      }));
  SPECTRADB_ASSIGN_OR_RETURN(PulledCommits pulled, find_pulled_commits(database_));
  pulled_ = pulled;
  return Status::ok();
}

std::string ClockRepair::sentence() const {
  if (changed_ == 0 && pulled_.count == 0)
    return "nothing is to be repaired: the times of all commits of " + database_.schema() +
           " are those of their clock";
  if (changed_ == 0)
    return "the times of " + range_of_commits(pulled_.first, pulled_.last) + " of " + database_.schema() +
           " stay as they are, since the clock that made them had gone back before it was set right; this is "
           "noted, and spectradb_check() accepts it";
  const auto change = [](const Change& one) {
    return "commit " + std::to_string(one.commit) + " from " + temporal::format_instant(one.from_us) +
           " to " + temporal::format_instant(one.to_us);
  };
  std::string text =
      std::to_string(changed_) + " commits of " + database_.schema() + " are timed anew, " + change(first_);
  if (changed_ > 1) text += ", … " + change(latest_);
  if (unknown_ > 0)
    text += "; what the clock read at " + std::to_string(unknown_) +
            " of them is not known, which get times right behind the commit before";
  return text + "; what stood is kept, and spectradb_commits shows it";
}

Result<lsm::RepairPlan> ClockRepair::plan() {
  SPECTRADB_RETURN_IF_ERROR(look());
  lsm::RepairPlan plan{sentence(), {}};
  if (changed_ == 0 && pulled_.count == 0) return plan;
  std::string facts = "clock";
  for (const uint64_t number : {last_, changed_, unknown_, first_.commit, static_cast<uint64_t>(first_.to_us),
                                latest_.commit, static_cast<uint64_t>(latest_.to_us), pulled_.last})
    lsm::put_fixed64(facts, number);
  plan.token = token_of_plan(facts);
  return plan;
}

// All rows are read first, since a table must not be changed while it is read.
Status ClockRepair::act() {
  struct NewTime {
    uint64_t commit;
    int64_t time_us;
    std::optional<ClockReadings::Reading> reading;
  };
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  SPECTRADB_RETURN_IF_ERROR(database_.upgrade());
  std::vector<NewTime> all;
  SPECTRADB_RETURN_IF_ERROR(
      for_each_new_time([&](const TimedCommit& commit, int64_t time_us, std::optional<int64_t> before_us) {
        const bool is_changed = time_us != commit.time_us;
        const bool needs_row = needs_reading(time_us, before_us) && commit.clock_us && !commit.has_row;
        if (!is_changed && !needs_row) return Status::ok();
        NewTime changed{commit.number, time_us, ClockReadings::Reading{commit.clock_us, commit.was_us}};
        if (is_changed && !commit.was_us) changed.reading->was_us = commit.time_us;
        all.push_back(changed);
        return Status::ok();
      }));
  sqlite3* db = database_.connection().handle();
  Query older(
      db, "UPDATE " + database_.qualified("_spectradb_commits") + " SET time_us = ?2 WHERE commit_no = ?1");
  Query recent(
      db, "UPDATE " + database_.qualified("_spectradb_recent") + " SET time_us = ?2 WHERE commit_no = ?1");
  for (const NewTime& changed : all) {
    SPECTRADB_RETURN_IF_ERROR(readings_.keep(changed.commit, *changed.reading));
    for (Query* update : {&older, &recent})
      SPECTRADB_RETURN_IF_ERROR(
          update->bind(1, static_cast<int64_t>(changed.commit)).bind(2, changed.time_us).run());
    SPECTRADB_RETURN_IF_ERROR(seal_anew(database_, changed.commit));
  }
  return note_repair(database_, "clock", last_, changed_);
}

}  // namespace

Result<lsm::RepairPlan> repair_clock(Database& database, const std::optional<std::string>& token) {
  ClockRepair repair(database);
  return run_repair(database, "clock", repair, token);
}

}  // namespace spectradb::extension
