#include "extension/host/process.h"

#include <pthread.h>

#include <atomic>

namespace spectradb::extension {

namespace {
std::atomic<uint64_t> forks{0};
}  // namespace

uint64_t process_generation() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
  (void)registered;
  return forks.load(std::memory_order_relaxed);
}

}  // namespace spectradb::extension
