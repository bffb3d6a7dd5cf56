#include "lsm/store/store_id.h"

#include "base/hex.h"
#include "base/random_bytes.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kStoreIdBytes = 16;

}  // namespace

Result<StoreId> new_store_id() {
  char bytes[kStoreIdBytes];
  SPECTRADB_RETURN_IF_ERROR(fill_with_random(bytes, sizeof bytes));
  return hex_of(std::string_view(bytes, sizeof bytes));
}

}  // namespace spectradb::lsm
