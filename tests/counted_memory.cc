#include "tests/counted_memory.h"

#include <malloc.h>

#include <atomic>
#include <cstddef>

namespace spectradb::tests {
namespace {

std::atomic<int64_t> g_bytes{0};
std::atomic<int64_t> g_most{0};
std::atomic<int64_t> g_begin{0};

void add(int64_t bytes) {
  const int64_t now = g_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t most = g_most.load(std::memory_order_relaxed);
  while (now > most && !g_most.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
  }
}

// Sizes that no machine has are counted as the largest size that can be counted.
int64_t countable(size_t size) {
  constexpr size_t kMost = size_t{1} << 60;
  return static_cast<int64_t>(size < kMost ? size : kMost);
}

}  // namespace

void begin_counting() {
  g_begin = g_bytes.load();
  g_most = g_bytes.load();
}

uint64_t most_bytes_since() {
  const int64_t bytes = g_most.load() - g_begin.load();
  return bytes < 0 ? 0 : static_cast<uint64_t>(bytes);
}

}  // namespace spectradb::tests

using spectradb::tests::add;
using spectradb::tests::countable;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void*, size_t),
                                              void (*freed)(const volatile void*));
size_t __sanitizer_get_allocated_size(const volatile void*);
}

namespace {

const int g_hooks =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, size_t size) { add(countable(size)); },
                                              [](const volatile void* memory) {
                                                if (memory != nullptr)
                                                  add(-countable(__sanitizer_get_allocated_size(memory)));
                                              });

}  // namespace

#else

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);
}

namespace {

void* counted(void* memory, size_t size) {
  if (memory != nullptr) {
    add(countable(malloc_usable_size(memory)));
  } else {
    add(countable(size));
    add(-countable(size));
  }
  return memory;
}

}  // namespace

#define SPECTRADB_ALLOCATION extern "C" __attribute__((visibility("default")))

SPECTRADB_ALLOCATION void* malloc(size_t size) noexcept { return counted(__libc_malloc(size), size); }
SPECTRADB_ALLOCATION void* calloc(size_t count, size_t size) noexcept {
  return counted(__libc_calloc(count, size), size);
}
SPECTRADB_ALLOCATION void* realloc(void* memory, size_t size) noexcept {
  const size_t before = memory == nullptr ? 0 : malloc_usable_size(memory);
  void* const moved = __libc_realloc(memory, size);
  // While the bytes are moved both blocks may exist, so the new one is counted before the old one is taken
  // off.
  if (moved != nullptr || size == 0) {
    counted(moved, size);
    add(-countable(before));
  }
  return moved;
}
SPECTRADB_ALLOCATION void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return counted(__libc_memalign(alignment, size), size);
}
SPECTRADB_ALLOCATION void free(void* memory) noexcept {
  if (memory != nullptr) add(-countable(malloc_usable_size(memory)));
  __libc_free(memory);
}

#endif
