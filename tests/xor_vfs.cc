#include "tests/xor_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

// The file of the underlying VFS follows in memory.
struct XorFile {
  sqlite3_file base;
  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_vfs* below = nullptr;

sqlite3_file* file_below(sqlite3_file* file) { return reinterpret_cast<XorFile*>(file)->below(); }

void change(unsigned char* bytes, sqlite3_int64 size, sqlite3_int64 offset) {
  for (sqlite3_int64 i = 0; i < size; ++i)
    bytes[i] = static_cast<unsigned char>(bytes[i] ^ (0x5a + 31 * (offset + i)));
}

int x_close(sqlite3_file* file) { return file_below(file)->pMethods->xClose(file_below(file)); }

// Bytes behind the end of the file are read as zeros.
int x_read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  const int code = file_below(file)->pMethods->xRead(file_below(file), to, size, offset);
  sqlite3_int64 there = offset + size;
  if (code == SQLITE_IOERR_SHORT_READ) file_below(file)->pMethods->xFileSize(file_below(file), &there);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
  change(static_cast<unsigned char*>(to), std::clamp<sqlite3_int64>(there - offset, 0, size), offset);
  return code;
}

int x_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const auto* bytes = static_cast<const unsigned char*>(from);
  std::vector<unsigned char> changed(bytes, bytes + size);
  change(changed.data(), size, offset);
  return file_below(file)->pMethods->xWrite(file_below(file), changed.data(), size, offset);
}

int x_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return file_below(file)->pMethods->xTruncate(file_below(file), size);
}
int x_sync(sqlite3_file* file, int flags) {
  return file_below(file)->pMethods->xSync(file_below(file), flags);
}
int x_file_size(sqlite3_file* file, sqlite3_int64* size) {
  return file_below(file)->pMethods->xFileSize(file_below(file), size);
}
int x_lock(sqlite3_file* file, int lock) { return file_below(file)->pMethods->xLock(file_below(file), lock); }
int x_unlock(sqlite3_file* file, int lock) {
  return file_below(file)->pMethods->xUnlock(file_below(file), lock);
}
int x_check_reserved_lock(sqlite3_file* file, int* is_held) {
  return file_below(file)->pMethods->xCheckReservedLock(file_below(file), is_held);
}
int x_file_control(sqlite3_file* file, int operation, void* argument) {
  return file_below(file)->pMethods->xFileControl(file_below(file), operation, argument);
}
int x_sector_size(sqlite3_file* file) { return file_below(file)->pMethods->xSectorSize(file_below(file)); }
int x_device_characteristics(sqlite3_file* file) {
  return file_below(file)->pMethods->xDeviceCharacteristics(file_below(file));
}
int x_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return file_below(file)->pMethods->xShmMap(file_below(file), page, size, extend, to);
}
int x_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return file_below(file)->pMethods->xShmLock(file_below(file), offset, count, flags);
}
void x_shm_barrier(sqlite3_file* file) { file_below(file)->pMethods->xShmBarrier(file_below(file)); }
int x_shm_unmap(sqlite3_file* file, int deletes) {
  return file_below(file)->pMethods->xShmUnmap(file_below(file), deletes);
}

// Version 2 has no xFetch: mapped pages would be shown as they are on disk.
const sqlite3_io_methods kMethods = {2,
                                     x_close,
                                     x_read,
                                     x_write,
                                     x_truncate,
                                     x_sync,
                                     x_file_size,
                                     x_lock,
                                     x_unlock,
                                     x_check_reserved_lock,
                                     x_file_control,
                                     x_sector_size,
                                     x_device_characteristics,
                                     x_shm_map,
                                     x_shm_lock,
                                     x_shm_barrier,
                                     x_shm_unmap,
                                     nullptr,
                                     nullptr};

int x_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code = below->xOpen(below, name, file_below(file), flags, out_flags);
  if (file_below(file)->pMethods != nullptr) file->pMethods = &kMethods;
  return code;
}

}  // namespace

void use_xor_vfs() {
  below = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs vfs = *below;
  vfs.zName = "xor";
  vfs.szOsFile = static_cast<int>(sizeof(XorFile)) + below->szOsFile;
  vfs.xOpen = x_open;
  vfs.pNext = nullptr;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) fail("the VFS cannot be registered");
}

}  // namespace spectradb::tests
