/*
** Lets the module run where glibc is 2.28 or newer, whatever glibc it was built with: what the linker would bind
** to newer versions of symbols comes from here. Only the module has it (CMakeLists.txt passes --wrap for each
** name), and nothing of it is visible from outside. tests/symbols.sh proves it of the module that was built.
**
** - Functions that glibc 2.34 moved from libpthread and libdl into libc have a second version there, for old
**   programs; on older systems the same version is in those libraries, which the module therefore names as
**   needed. OLDER() binds to that version.
** - stat(), fstat(), lstat() and fstatat() were no functions before 2.33, but calls of __xstat() and its like.
** - pthread_cond_clockwait(), which std::condition_variable waits with, came with 2.30: it is made of
**   pthread_cond_timedwait().
** - _dl_find_object(), with which libgcc finds how to unwind a frame, came with 2.35: it is made of
**   dl_iterate_phdr().
** - arc4random(), which std::random_device asks, came with 2.36: it is made of getrandom().
** - __libc_single_threaded came with 2.32: std::shared_ptr is told that there may be more threads, as there
**   mostly are.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FIRST_VERSION "GLIBC_2.2.5"
#define STAT_VERSION 1
#elif defined(__aarch64__)
#define FIRST_VERSION "GLIBC_2.17"
#define STAT_VERSION 0
#else
#error "this processor's first version of glibc is not known here"
#endif

#define BIND_OLDER(name) __asm__(".symver older_" #name "," #name "@" FIRST_VERSION)
#define OLDER(result, name, parameters, arguments) \
  result older_##name parameters;                  \
  BIND_OLDER(name);                                \
  result __wrap_##name parameters;                 \
  result __wrap_##name parameters { return older_##name arguments; }

OLDER(int, pthread_create,
      (pthread_t * thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument),
      (thread, attributes, body, argument))
OLDER(int, pthread_detach, (pthread_t thread), (thread))
OLDER(int, pthread_join, (pthread_t thread, void** result), (thread, result))
OLDER(int, pthread_once, (pthread_once_t * once, void (*body)(void)), (once, body))
OLDER(int, pthread_key_create, (pthread_key_t * key, void (*end)(void*)), (key, end))
OLDER(int, __pthread_key_create, (pthread_key_t * key, void (*end)(void*)), (key, end))
OLDER(int, pthread_key_delete, (pthread_key_t key), (key))
OLDER(void*, pthread_getspecific, (pthread_key_t key), (key))
OLDER(int, pthread_setspecific, (pthread_key_t key, const void* value), (key, value))
OLDER(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
OLDER(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
OLDER(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
OLDER(int, pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
OLDER(void*, dlsym, (void* restrict handle, const char* restrict name), (handle, name))
OLDER(void*, dlopen, (const char* path, int mode), (path, mode))
OLDER(char*, dlerror, (void), ())
OLDER(int, dlclose, (void* object), (object))
OLDER(int, dladdr, (const void* address, Dl_info* found), (address, found))
OLDER(double, log, (double x), (x))
OLDER(double, log2, (double x), (x))
OLDER(double, exp2, (double x), (x))

int older___xstat(int version, const char* path, struct stat* status);
BIND_OLDER(__xstat);
int __wrap_stat(const char* restrict path, struct stat* restrict status);
int __wrap_stat(const char* restrict path, struct stat* restrict status) {
  return older___xstat(STAT_VERSION, path, status);
}

int older___fxstat(int version, int descriptor, struct stat* status);
BIND_OLDER(__fxstat);
int __wrap_fstat(int descriptor, struct stat* status);
int __wrap_fstat(int descriptor, struct stat* status) {
  return older___fxstat(STAT_VERSION, descriptor, status);
}

int older___lxstat(int version, const char* path, struct stat* status);
BIND_OLDER(__lxstat);
int __wrap_lstat(const char* restrict path, struct stat* restrict status);
int __wrap_lstat(const char* restrict path, struct stat* restrict status) {
  return older___lxstat(STAT_VERSION, path, status);
}

int older___fxstatat(int version, int directory, const char* path, struct stat* status, int flags);
#if defined(__x86_64__)
__asm__(".symver older___fxstatat,__fxstatat@GLIBC_2.4");
#else
BIND_OLDER(__fxstatat);
#endif
int __wrap_fstatat(int directory, const char* restrict path, struct stat* restrict status, int flags);
int __wrap_fstatat(int directory, const char* restrict path, struct stat* restrict status, int flags) {
  return older___fxstatat(STAT_VERSION, directory, path, status, flags);
}

/* libstdc++'s streams call it by this name. */
int older___fxstat64(int version, int descriptor, struct stat64* status);
BIND_OLDER(__fxstat64);
int __wrap_fstat64(int descriptor, struct stat64* status);
int __wrap_fstat64(int descriptor, struct stat64* status) {
  return older___fxstat64(STAT_VERSION, descriptor, status);
}

/* pthread_cond_timedwait() waits by the clock on the wall, which may be set meanwhile: no wait is longer. */
static const int64_t kSliceNs = 1000000000;
static const int64_t kSecondNs = 1000000000;

static int64_t nanoseconds(const struct timespec* time) {
  return (int64_t)time->tv_sec * kSecondNs + time->tv_nsec;
}

int __wrap_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                  const struct timespec* until);
int __wrap_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                  const struct timespec* until) {
  if (clock == CLOCK_REALTIME) return pthread_cond_timedwait(condition, mutex, until);
  for (;;) {
    struct timespec now;
    struct timespec wall;
    if (clock_gettime(clock, &now) != 0 || clock_gettime(CLOCK_REALTIME, &wall) != 0) return EINVAL;
    const int64_t left = nanoseconds(until) - nanoseconds(&now);
    if (left <= 0) return ETIMEDOUT;
    const int64_t slice_end = nanoseconds(&wall) + (left < kSliceNs ? left : kSliceNs);
    const struct timespec end = {.tv_sec = slice_end / kSecondNs, .tv_nsec = slice_end % kSecondNs};
    const int result = pthread_cond_timedwait(condition, mutex, &end);
    if (result != ETIMEDOUT) return result;
  }
}

char __libc_single_threaded = 0;

/* Where a sandbox forbids getrandom(): what differs from process to process and in time, stirred. */
unsigned int arc4random(void);
unsigned int arc4random(void) {
  uint64_t bits = 0;
  for (;;) {
    if (getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits) return (unsigned int)bits;
    if (errno != EINTR) break;
  }
  struct timespec now = {0, 0};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  bits = (uint64_t)nanoseconds(&now) ^ ((uint64_t)getpid() << 44);
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U; /* splitmix64 */
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return (unsigned int)(bits ^ (bits >> 31));
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE /* else libgcc asks dl_iterate_phdr() itself */
struct Search {
  uintptr_t address;
  struct dl_find_object* found;
};

/* Ends the walk with 1 at the object that has the address. */
static int find_in(struct dl_phdr_info* object, size_t size, void* data) {
  (void)size;
  const struct Search* search = data;
  const uintptr_t base = object->dlpi_addr;
  uintptr_t begin = UINTPTR_MAX;
  uintptr_t end = 0;
  int has_address = 0;
  void* eh_frame = NULL;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)* header = &object->dlpi_phdr[i];
    const uintptr_t first = base + header->p_vaddr;
    if (header->p_type == PT_GNU_EH_FRAME) eh_frame = (void*)first;
    if (header->p_type != PT_LOAD) continue;
    const uintptr_t last = first + header->p_memsz;
    if (first <= search->address && search->address < last) has_address = 1;
    if (first < begin) begin = first;
    if (last > end) end = last;
  }
  if (!has_address) return 0;
  *search->found = (struct dl_find_object){
      .dlfo_map_start = (void*)begin, .dlfo_map_end = (void*)end, .dlfo_eh_frame = eh_frame};
  return 1;
}

int _dl_find_object(void* address, struct dl_find_object* found) {
  struct Search search = {(uintptr_t)address, found};
  return dl_iterate_phdr(find_in, &search) == 1 && found->dlfo_eh_frame != NULL ? 0 : -1;
}
#endif
