#include "tests/stale_memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr size_t kHeaderBytes = 16;  // has the block's class, and keeps what follows aligned
constexpr size_t kClasses = 32;      // a block of class c has 2^c bytes
// Texts of statements are in blocks of these classes.
constexpr size_t kFirstOfTexts = 6;
constexpr size_t kClassesOfTexts = 4;

struct Block {
  size_t size_class;
  Block* next;  // while it is free
};
static_assert(sizeof(Block) == kHeaderBytes);

std::mutex mutex;
std::array<Block*, kClasses> unused{};  // the last that was given back is the next to be taken

char* bytes_of(Block* block) { return reinterpret_cast<char*>(block) + kHeaderBytes; }
Block* block_of(void* bytes) { return reinterpret_cast<Block*>(static_cast<char*>(bytes) - kHeaderBytes); }
size_t size_of(const Block& block) { return (size_t{1} << block.size_class) - kHeaderBytes; }

void fill(Block& block) {
  for (size_t i = 0; i + sizeof(char*) <= size_of(block); i += sizeof(char*)) {
    Block* const next = unused[kFirstOfTexts + i / sizeof(char*) % kClassesOfTexts];
    const char* const word = next == nullptr ? nullptr : bytes_of(next);
    std::memcpy(bytes_of(&block) + i, &word, sizeof word);
  }
}

void* take(int size_bytes) {
  const std::lock_guard lock(mutex);
  const size_t size_class = std::bit_width(static_cast<size_t>(size_bytes) + kHeaderBytes - 1);
  Block* block = unused[size_class];
  if (block != nullptr) {
    unused[size_class] = block->next;
  } else {
    block = static_cast<Block*>(std::malloc(size_t{1} << size_class));
    if (block == nullptr) return nullptr;
  }
  block->size_class = size_class;
  fill(*block);
  return bytes_of(block);
}

void give_back(void* bytes) {
  const std::lock_guard lock(mutex);
  Block* const block = block_of(bytes);
  block->next = std::exchange(unused[block->size_class], block);
}

int size(void* bytes) { return bytes == nullptr ? 0 : static_cast<int>(size_of(*block_of(bytes))); }

void* take_instead(void* bytes, int size_bytes) {
  void* const other = take(size_bytes);
  if (other == nullptr) return nullptr;
  std::memcpy(other, bytes, static_cast<size_t>(std::min(size(bytes), size_bytes)));
  give_back(bytes);
  return other;
}

}  // namespace

void use_stale_memory() {
  static const sqlite3_mem_methods methods = {
      take,
      give_back,
      take_instead,
      size,
      [](int size_bytes) { return size_bytes; },
      [](void*) { return SQLITE_OK; },
      [](void*) {},
      nullptr,
  };
  // Blocks of lookaside memory would keep what they held.
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
      sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
    fail("SQLite does not take its memory from here");
}

}  // namespace spectradb::tests
