// Runs random statements on whole tables through SQL, and compares the answers with those of a model that
// was made from the specification alone.
//
//   differential --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints the statements that led there and ends with
// status 1.
#include <cstdio>

#include "tests/ledger_comparison.h"
#include "tests/ledger_writes.h"

namespace spectradb::tests {
namespace {

class Run {
 public:
  Run(uint64_t seed, const std::string& extension) : scene_(seed, extension) {}

  void steps(int count) {
    for (int i = 0; i < count; i++) {
      const int what = dice_.below(100);
      if (what < 40) {
        writes_.insert();
      } else if (what < 55) {
        writes_.update();
      } else if (what < 63) {
        writes_.change_key();
      } else if (what < 72) {
        writes_.remove();
      } else if (what < 88) {
        scene_.transaction_step();
      } else if (what < 92) {
        upkeep();
      } else {
        comparison_.check_all_keys_once();
      }
      comparison_.check_random();
    }
    if (scene_.is_open()) scene_.commit();
    comparison_.check_everything();
  }

  int checks() const { return comparison_.checks(); }
  int64_t commits() const { return scene_.last_commit(); }

 private:
  void upkeep() {
    if (scene_.is_open()) return;
    const int what = dice_.below(10);
    if (what < 5) {
      scene_.execute("SELECT spectradb_flush()");
    } else if (what < 8) {
      scene_.execute("SELECT spectradb_compact()");
    } else {
      scene_.reopen();
    }
  }

  LedgerScene scene_;
  Dice dice_ = scene_.dice();
  LedgerWrites writes_{scene_};
  LedgerComparison comparison_{scene_};
};

// The model itself is checked first, by the worked example of the specification. Its points 2, 7, 8, 9 and
// 11 stand for the first days of the months and for the day that the bounds of the example name.
void check_model() {
  LedgerModel model(true);
  const auto write = [&](Span span, bool is_delete, int64_t price) {
    if (is_delete) model.remove(0, span);
    if (!is_delete) model.put(0, span, price);
    model.set_last_commit(model.own_commit());
  };
  write({2, kPoints}, false, 10);
  write({7, 9}, false, 8);
  write({8, 11}, true, 0);
  const std::vector<LedgerRow> at3 = {
      {0, 10, {2, 7}, 1, 0}, {0, 10, {11, kPoints}, 1, 0}, {0, 8, {7, 8}, 2, 0}};
  const std::vector<LedgerRow> at2 = {
      {0, 10, {2, 7}, 1, 0}, {0, 10, {9, kPoints}, 1, 0}, {0, 8, {7, 9}, 2, 0}};
  const std::vector<LedgerRow> all = {{0, 10, {2, 7}, 1, 0},  {0, 10, {7, 9}, 1, 2},
                                      {0, 10, {9, 11}, 1, 3}, {0, 10, {11, kPoints}, 1, 0},
                                      {0, 8, {7, 8}, 2, 0},   {0, 8, {8, 9}, 2, 3}};
  if (model.read({3, std::nullopt}, 1) != at3 || model.read({2, std::nullopt}, 1) != at2 ||
      model.read({}, 1) != all) {
    fail("the model itself does not give the worked example");
  }
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty())
    fail("usage: differential --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]");
  const uint64_t first = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  const uint64_t count = std::strtoull(argument(argc, argv, "seeds", "1").c_str(), nullptr, 10);
  const int steps = std::atoi(argument(argc, argv, "steps", "120").c_str());
  choose_mode(Mode::kHook);
  check_model();
  for (uint64_t seed = first; seed < first + count; seed++) {
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Run run(seed, extension);
    run.steps(steps);
    std::printf("%lld commits, %d answers as the model has them\n", static_cast<long long>(run.commits()),
                run.checks());
  }
  return 0;
}
