// Reads allocate nothing per row: cursors keep what they need, and blocks in the cache are pinned.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "lsm/testing/store_fixture.h"

namespace {

thread_local uint64_t allocations = 0;

}  // namespace

// Counts the allocations of the whole test program. Not inlined: GCC would see malloc() meet delete, and
// warn.
[[gnu::noinline]] void* operator new(size_t size) {
  allocations += 1;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

using namespace spectradb;
using namespace spectradb::lsm;

TEST_CASE("a scan of cached blocks allocates nothing for its rows") {
  constexpr uint64_t kRows = 20'000;
  StoreOptions options = test_options(new_memory_file_system());
  options.memtable_max_bytes = 512u << 10;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  for (uint64_t pass = 0; pass < 3; ++pass) {  // of versions: in memtables, levels and history
    for (uint64_t from = 0; from < kRows; from += 500) {
      Rows rows;
      for (uint64_t row = from; row < from + 500; ++row)
        rows.push_back(
            {numbered("key ", 100'000 + row), bounded_value(INT64_MIN, INT64_MAX, "some value of a row")});
      REQUIRE(test.commit(rows));
    }
    if (pass == 1) REQUIRE(test.store->compact());
  }
  for (const bool all_versions : {false, true}) {
    CAPTURE(all_versions);
    CursorOptions reading;
    reading.max_commit = test.committed.commit;
    reading.all_versions = all_versions;
    const auto cursor = test.store->new_cursor(reading);
    uint64_t needed = 0;
    for (int warm = 0; warm < 2; ++warm) {
      uint64_t rows = 0;
      const uint64_t before = allocations;
      for (cursor->seek(""); cursor->valid(); all_versions ? cursor->next() : cursor->next_key()) ++rows;
      needed = allocations - before;
      REQUIRE(cursor->status().is_ok());
      REQUIRE(rows >= kRows);
    }
    CHECK(needed < 50);
    for (int warm = 0; warm < 3; ++warm) {  // blocks get their directories
      uint64_t found = 0;
      const uint64_t before = allocations;
      for (uint64_t row = 0; row < kRows; row += 10) {
        char key[32];
        (void)std::snprintf(key, sizeof key, "key %llu", static_cast<unsigned long long>(100'000 + row));
        cursor->seek_key(key);
        found += cursor->valid();
      }
      needed = allocations - before;
      CHECK(found == kRows / 10);
    }
    CHECK(needed < 50);
  }
}
