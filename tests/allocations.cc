#include "tests/allocations.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace spectradb::tests {
namespace {

std::atomic<bool> g_active{false};
std::atomic<uint64_t> g_left{0};
std::atomic<uint64_t> g_failed{0};
Failing g_failing = Failing::kOnce;
Threads g_threads = Threads::kThis;
thread_local bool g_is_chosen = false;  // this thread called fail_allocation()

bool fails() {
  if (!g_active.load(std::memory_order_acquire)) return false;
  if (g_is_chosen != (g_threads == Threads::kThis)) return false;
  if (g_left.load() > 0 && g_left.fetch_sub(1) > 1) return false;
  if (g_failed.fetch_add(1) > 0 && g_failing == Failing::kOnce) {
    g_failed.fetch_sub(1);
    return false;
  }
  errno = ENOMEM;
  return true;
}

}  // namespace

void fail_allocation(uint64_t number, Failing failing, Threads threads) {
  g_left = number;
  g_failed = 0;
  g_failing = failing;
  g_threads = threads;
  g_is_chosen = true;
  g_active.store(true, std::memory_order_release);
}

uint64_t stop_failing() {
  g_active.store(false, std::memory_order_release);
  return g_failed.load();
}

}  // namespace spectradb::tests

#define SPECTRADB_ALLOCATION extern "C" __attribute__((visibility("default")))

using spectradb::tests::fails;

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

SPECTRADB_ALLOCATION void* malloc(size_t size) noexcept { return fails() ? nullptr : __libc_malloc(size); }
SPECTRADB_ALLOCATION void* calloc(size_t count, size_t size) noexcept {
  return fails() ? nullptr : __libc_calloc(count, size);
}
SPECTRADB_ALLOCATION void* realloc(void* memory, size_t size) noexcept {
  return fails() ? nullptr : __libc_realloc(memory, size);
}
SPECTRADB_ALLOCATION void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
