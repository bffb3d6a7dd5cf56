// An allocator for RapidJSON's readers: its own returns null when memory runs out, and the readers would
// write there.
#pragma once

#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace spectradb::temporal {

class JsonMemory {
 public:
  static const bool kNeedFree = true;

  void* Malloc(size_t size) { return size == 0 ? nullptr : checked(std::malloc(size)); }
  void* Realloc(void* original, size_t, size_t size) {
    if (size != 0) return checked(std::realloc(original, size));
    std::free(original);
    return nullptr;
  }
  static void Free(void* given) { std::free(given); }

 private:
  static void* checked(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
};

using JsonReader = rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, JsonMemory>;

}  // namespace spectradb::temporal
