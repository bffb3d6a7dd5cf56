// What the systems do differently that this is compiled for. Linux and WebAssembly (Emscripten: one thread, files in memory)
// are tested. macOS and Windows are not, and nothing was compiled there. What is known to be missing: on macOS
// process_vm_readv(), getrandom(), renameat2(), a sync that reaches the disk (fcntl(F_FULLFSYNC)), and the prepare hook, which
// reads ELF; on Windows the whole of lsm/file/posix_*.cc and what extension/ asks of the disk itself.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#if defined(__linux__)
#include <sys/random.h>
#include <sys/uio.h>
#endif
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace spectradb {

// Fills at most 256 bytes with random ones, unguessable; how many, or -1 with errno.
inline ssize_t system_random(void* bytes, size_t size_bytes) {
#if defined(__linux__)
  return ::getrandom(bytes, size_bytes, 0);
#else
  return ::getentropy(bytes, size_bytes) == 0 ? static_cast<ssize_t>(size_bytes) : -1;
#endif
}

// Copies inside the process; where memory cannot be read it ends with errno EFAULT, and not with a signal. ENOSYS where the
// system has no such call.
inline ssize_t copy_guarded(char* to, const char* from, size_t size_bytes) {
#if defined(__linux__)
  const iovec local{to, size_bytes};
  const iovec remote{const_cast<char*>(from), size_bytes};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
#else
  (void)to, (void)from, (void)size_bytes;
  errno = ENOSYS;
  return -1;
#endif
}

// When a file was last written, in nanoseconds.
inline int64_t changed_ns(const struct stat& info) {
  constexpr int64_t kSecond = 1'000'000'000;
#if defined(__APPLE__)
  return info.st_mtimespec.tv_sec * kSecond + info.st_mtimespec.tv_nsec;
#else
  return info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec;
#endif
}

// Renames, and fails with errno EEXIST where the new name is taken. ENOSYS or EINVAL where this cannot be asked for.
inline bool rename_to_new(const char* from, const char* to) {
#if defined(__linux__)
  return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
#else
  (void)from, (void)to;
  errno = ENOSYS;
  return false;
#endif
}

}  // namespace spectradb
