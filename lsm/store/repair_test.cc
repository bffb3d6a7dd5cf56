// The ways back and forth between a store and a database that do not end at the same commit.
#include "lsm/store/repair.h"

#include <doctest/doctest.h>

#include <map>

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
        token);
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
  for (const uint64_t older : {4, 3, 1}) {
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
  // Forward to the newer one, which sets the branch aside, and back to the branch.
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

TEST_CASE("what is in SSTables cannot be taken out, and a store that is open is left alone") {
  PutBack there(3);
  const auto open_elsewhere = there.test.store;
  CHECK(there.run(Repair::kRewind, std::nullopt).status().code() == Code::kBusy);
  REQUIRE(open_elsewhere->flush());
}

TEST_CASE("a store whose later commits are flushed says so") {
  PutBack there(3);
  REQUIRE(there.test.store->flush());
  there.test.committed = there.databases[2];
  const Status refused = there.run(Repair::kRewind, std::nullopt).status();
  CHECK(refused.code() == Code::kInvalid);
  CHECK(refused.message().find("commit 3 are in SSTables") != std::string::npos);
}

}  // namespace
}  // namespace spectradb::lsm
