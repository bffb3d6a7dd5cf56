#include "lsm/store/store_id.h"

#include <cerrno>

#include "base/hex.h"
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
  return hex_of(std::string_view(reinterpret_cast<const char*>(bytes), sizeof bytes));
}

}  // namespace spectradb::lsm
