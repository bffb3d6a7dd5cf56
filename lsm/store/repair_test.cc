// Repairs of a store and a database that do not end at the same commit, forth and back.
#include "lsm/store/repair.h"

#include <doctest/doctest.h>

#include <map>

#include "lsm/log/commit_log.h"
#include "lsm/testing/store_fixture.h"

namespace spectradb::lsm {
namespace {

struct PutBack {
  std::shared_ptr<FileSystem> files = new_memory_file_system();
  StoreOptions options = test_options(files);
  StoreUnderTest test;
  std::map<uint64_t, Committed> databases;  // by their last commit

  explicit PutBack(uint64_t commits) {
    REQUIRE(test.create(options));
    for (uint64_t index = 0; index < commits; ++index) write("v");
  }

  void write(std::string_view value) {
    const uint64_t number = test.committed.commit + 1;
    REQUIRE(test.commit({{numbered("k", number), numbered(value, number)}}));
    databases[number] = test.committed;
  }

  Result<RepairPlan> run(Repair way, const std::optional<std::string>& token) {
    test.store.reset();
    return repair(
        options, way, [&]() -> Result<Committed> { return test.committed; },
        [&](uint64_t commit) -> Result<std::optional<uint64_t>> {
          return std::optional(databases[commit].frame);
        },
        [&](const RetiredKeys&) -> Status { return Status::ok(); }, token);
  }

  void must(Repair way) {
    const auto plan = run(way, std::nullopt);
    REQUIRE(plan);
    REQUIRE_FALSE(plan->token.empty());
    CHECK(run(way, "0123456789abcdef").status().code() == Code::kInvalid);
    const auto again = run(way, std::nullopt);
    REQUIRE(again);
    CHECK(again->token == plan->token);  // nothing has changed yet
    const auto done = run(way, plan->token);
    INFO(done.status().message());
    REQUIRE(done);
    CHECK(done->text == "done: " + plan->text);
  }
};

TEST_CASE("a store goes back to an older database, and forward again") {
  PutBack there(5);
  for (const uint64_t older : {4U, 3U, 1U}) {
    there.test.committed = there.databases[older];
    there.must(Repair::kRewind);
    REQUIRE(there.test.open(there.options));
    CHECK(there.test.dump(9).size() == older);
    there.test.committed = there.databases[5];
    CHECK(there.test.open(there.options).message().find("repair('recover')") != std::string::npos);
    there.must(Repair::kRecover);
    REQUIRE(there.test.open(there.options));
    CHECK(there.test.dump(9).size() == 5);
  }
  there.write("on ");
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).size() == 6);
}

TEST_CASE("what went on from the older database is kept when the newer one comes back") {
  PutBack there(5);
  there.test.committed = there.databases[3];
  there.must(Repair::kRewind);
  const auto newer = there.databases;
  REQUIRE(there.test.open(there.options));
  there.write("branch ");
  const auto branch = there.databases;
  there.databases = newer;
  there.test.committed = newer.at(5);
  there.test.committed.copies.clear();
  there.test.store.reset();
  CHECK_FALSE(there.test.open(there.options));
  there.databases = branch;
  there.test.committed = branch.at(4);
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).back() == "k4@4=branch 4");
  // Goes forward to the newer database, which sets the branch aside, and back to the branch.
  there.databases = newer;
  there.test.committed = newer.at(5);
  there.test.committed.copies.clear();
  there.must(Repair::kRecover);
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).back() == "k5@5=v5");
  there.databases = branch;
  there.test.committed = branch.at(4);
  there.test.committed.copies.clear();
  there.test.store.reset();
  CHECK_FALSE(there.test.open(there.options));
  there.must(Repair::kRecover);
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).back() == "k4@4=branch 4");
}

TEST_CASE("where there is nothing to repair, nothing is done") {
  PutBack there(3);
  for (const Repair way : {Repair::kRewind, Repair::kRecover}) {
    const auto plan = there.run(way, std::nullopt);
    REQUIRE(plan);
    CHECK(plan->token.empty());
    CHECK(plan->text.find("nothing is to be re") == 0);
    CHECK(there.run(way, "0123456789abcdef")->text == plan->text);
  }
}

TEST_CASE("a store that is open is left alone") {
  PutBack there(3);
  const auto open_elsewhere = there.test.store;
  CHECK(there.run(Repair::kRewind, std::nullopt).status().code() == Code::kBusy);
  REQUIRE(open_elsewhere->flush());
}

TEST_CASE("commits that are in SSTables are set aside, too, and come back") {
  for (const bool goes_on : {false, true}) {
    PutBack there(3);
    REQUIRE(there.test.store->flush());
    there.write("flushed ");
    REQUIRE(there.test.store->compact());
    there.write("in the log ");
    there.write("in the log ");
    for (const uint64_t older : {2U, 1U, 3U}) {
      there.test.committed = there.databases[older];
      there.must(Repair::kRewind);
      REQUIRE(there.test.open(there.options));
      CHECK(there.test.dump(9).size() == older);
      CHECK(there.test.store->check([&]() -> Result<Committed> { return there.test.committed; })->empty());
      if (goes_on) {
        const auto before = there.databases;
        there.write("branch ");
        REQUIRE(there.test.store->flush());
        there.databases = before;
      }
      there.test.committed = there.databases[6];
      there.test.store.reset();
      CHECK_FALSE(there.test.open(there.options));
      there.must(Repair::kRecover);
      REQUIRE(there.test.open(there.options));
      CHECK(there.test.dump(9).size() == 6);
      CHECK(there.test.dump(9).back() == "k6@6=in the log 6");
    }
    there.write("on ");
    REQUIRE(there.test.store->compact());
    REQUIRE(there.test.open(there.options));
    CHECK(there.test.dump(9).size() == 7);
    CHECK(there.test.store->check([&]() -> Result<Committed> { return there.test.committed; })->empty());
  }
}

TEST_CASE("a store goes back to the beginning") {
  PutBack there(2);
  const Committed empty{there.test.committed.store_id, 0, 0, {}};
  REQUIRE(there.test.store->flush());
  there.test.committed = empty;
  there.must(Repair::kRewind);
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).empty());
  there.write("anew ");
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).size() == 1);
}

TEST_CASE("the facts of another history are not taken for the database's") {
  PutBack there(3);
  const auto right = there.databases[2];
  REQUIRE(there.test.store->flush());
  there.test.committed = right;
  there.test.committed.copies.clear();
  CHECK(there.run(Repair::kRewind, std::nullopt)->text.find("written anew") != std::string::npos);
  // A copy of a frame that is whole, but has other facts of its commit than the store.
  WriteBatch wrong;
  wrong.put("k2", "another");
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("log"));
  CommitLog log(files, "log", checksum64(right.store_id, 0), {1, 0}, true);
  const auto frame = log.append(2, *wrong.rep(), Sync::kCopy, {}, false, {});
  REQUIRE(frame);
  there.test.committed.frame = frame->token;
  there.test.committed.copies.push_back({2, frame->token, std::string(frame->copy)});
  const auto plan = there.run(Repair::kRewind, std::nullopt);
  REQUIRE(plan);
  const Status refused = there.run(Repair::kRewind, plan->token).status();
  CHECK(refused.code() == Code::kInvalid);
  CHECK(refused.message().find("another history") != std::string::npos);
  there.test.committed = there.databases[3];
  REQUIRE(there.test.open(there.options));
  CHECK(there.test.dump(9).size() == 3);
}

TEST_CASE("a store is not rewound past keys that are gone and that the database uses") {
  PutBack there(3);
  REQUIRE(there.test.store->retire({{"k3", "k4"}}));
  REQUIRE(there.test.store->flush());
  there.test.committed = there.databases[2];
  there.test.store.reset();
  const auto refuses = [](const RetiredKeys& retired) {
    return retired.contains("k3") ? Status::invalid("k3 is gone") : Status::ok();
  };
  const auto plan = repair(
      there.options, Repair::kRewind, [&]() -> Result<Committed> { return there.test.committed; },
      [&](uint64_t) -> Result<std::optional<uint64_t>> { return std::optional<uint64_t>(); }, refuses,
      std::nullopt);
  CHECK(plan.status().message() == "k3 is gone");
}

}  // namespace
}  // namespace spectradb::lsm
