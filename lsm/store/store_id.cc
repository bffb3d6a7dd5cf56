#include "lsm/store/store_id.h"

#include <cerrno>

#include "base/platform.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kStoreIdBytes = 16;

}  // namespace

Result<StoreId> new_store_id() {
  unsigned char bytes[kStoreIdBytes];
  size_t filled = 0;
  while (filled < sizeof bytes) {
    const ssize_t got = system_random(bytes + filled, sizeof bytes - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::io("the system gives no random numbers for a new store's id");
    filled += static_cast<size_t>(got);
  }
  constexpr char kDigits[] = "0123456789abcdef";
  StoreId id;
  for (const unsigned char byte : bytes) {
    id.push_back(kDigits[byte >> 4]);
    id.push_back(kDigits[byte & 15]);
  }
  return id;
}

}  // namespace spectradb::lsm
