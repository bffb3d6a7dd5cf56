// Test support: that a store is sound, and what is left of one wherever the power goes out. Tests only; one thread.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lsm/store/check.h"
#include "lsm/testing/power_cut_file_system.h"
#include "lsm/testing/store_fixture.h"

namespace spectradb::lsm {

inline void check_sound(const StoreOptions& options, const Committed& committed) {
  const auto problems = check_store(options, [&]() -> Result<Committed> { return committed; });
  REQUIRE(problems);
  CHECK(*problems == std::vector<std::string>{});
}

// Does `work` on a store on the disk. At each moment at which the power may go out meanwhile, one in `every` of the stores that may
// be left is opened, with what the database has committed: visit(store, its options). Returns how many may be left.
template <typename Work, typename Visit>
uint64_t each_crash(PowerCutFileSystem& disk, const StoreOptions& options, const Committed& committed,
                    std::mt19937_64& random, uint64_t every, Work work, Visit visit) {
  uint64_t images = 0;
  disk.set_observer([&] {
    using Kept = PowerCutFileSystem::Kept;
    for (const Kept kept : {Kept::kNothing, Kept::kAll, Kept::kRandom}) {
      if (images > 0 && kept != Kept::kNothing && !disk.is_in_doubt()) continue;
      images += 1;
      if (images % every != 0) continue;
      CAPTURE(images);
      StoreOptions after_options = options;
      after_options.file_system = disk.crash_image(kept, random);
      StoreUnderTest after{nullptr, committed};
      const Status opened = after.open(after_options);
      REQUIRE_MESSAGE(opened, opened.message());
      visit(after, after_options);
    }
  });
  work();
  disk.set_observer(nullptr);
  return images;
}

}  // namespace spectradb::lsm
