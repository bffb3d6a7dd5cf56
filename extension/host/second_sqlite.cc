#include "extension/host/second_sqlite.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/session/connection.h"

extern "C" {
const sqlite3_api_routines* sqlite3_api = nullptr;
}

namespace spectradb::extension {

namespace {

struct KnownCopy {
  const sqlite3_api_routines* api;
  ModuleCopy module;
};

struct Copies {
  std::mutex mutex;
  std::vector<std::unique_ptr<KnownCopy>> all;
};

// Never destroyed: connections may be opened while the process runs its destructors.
Copies& copies() {
  static Copies* known = new Copies;
  return *known;
}

std::atomic<bool> has_copies{false};

// Tables of routines may lie anywhere; the functions tell which SQLite they belong to.
bool are_of_one_sqlite(const sqlite3_api_routines* one, const sqlite3_api_routines* other) {
  return one == other || (one->libversion == other->libversion && one->prepare_v2 == other->prepare_v2 &&
                          one->close == other->close && one->malloc == other->malloc);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

// The beginning of the module's file in memory: its headers and symbols, which nothing changes.
struct OwnImage {
  const char* begin = nullptr;
  size_t bytes = 0;
};

int find_own_image(dl_phdr_info* info, size_t, void* found) {
  const auto here = reinterpret_cast<ElfW(Addr)>(&find_own_image);
  OwnImage first;
  bool is_own = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    const ElfW(Addr) begin = info->dlpi_addr + header.p_vaddr;
    is_own = is_own || (here >= begin && here < begin + header.p_memsz);
    if (header.p_offset == 0 && (header.p_flags & PF_W) == 0)
      first = {reinterpret_cast<const char*>(begin), header.p_filesz};
  }
  if (!is_own) return 0;
  *static_cast<OwnImage*>(found) = first;
  return 1;
}

// Returns the path that the module was mapped from: the one from dladdr() may be relative to a directory that
// was left.
std::string own_path() {
  std::ifstream maps("/proc/self/maps");
  const auto here = reinterpret_cast<uintptr_t>(&find_own_image);
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char dash = 0;
    std::string skipped;
    fields >> std::hex >> begin >> dash >> end >> skipped >> skipped >> skipped >> skipped >> std::ws;
    if (!fields || here < begin || here >= end) continue;
    std::string path;
    std::getline(fields, path);
    return path;
  }
  Dl_info info{};
  return dladdr(reinterpret_cast<void*>(&find_own_image), &info) != 0 ? info.dli_fname : "";
}

Status failed(const std::string& what) { return Status::io(what + ": " + std::strerror(errno)); }

// The linker loads one file only once, so the copy needs a file of its own.
Result<int> copy_to_memory() {
  const std::string path = own_path();
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failed("its file " + path + " cannot be opened");
  struct stat size {};
  if (fstat(file.number(), &size) != 0) return failed("its file " + path + " cannot be read");
  const auto bytes = static_cast<size_t>(size.st_size);
  void* mapped = mmap(nullptr, std::max<size_t>(bytes, 1), PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (mapped == MAP_FAILED) return failed("its file " + path + " cannot be read");
  OwnImage own;
  dl_iterate_phdr(find_own_image, &own);
  const bool is_same =
      own.begin != nullptr && own.bytes <= bytes && std::memcmp(own.begin, mapped, own.bytes) == 0;
  int memory = is_same ? memfd_create("spectradb", MFD_CLOEXEC) : -1;
  Status copied = is_same ? Status::ok() : Status::invalid("its file " + path + " was replaced since");
  if (is_same && memory < 0) copied = failed("no memory can be had for another one");
  for (size_t done = 0; copied && done < bytes;) {
    const ssize_t written = ::write(memory, static_cast<const char*>(mapped) + done, bytes - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) copied = failed("no memory can be had for another one");
    done += written > 0 ? static_cast<size_t>(written) : 0;
  }
  munmap(mapped, std::max<size_t>(bytes, 1));
  if (copied) return memory;
  if (memory >= 0) ::close(memory);
  return copied;
}

template <typename Function>
bool find_symbol(void* module, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(module, name));
  return *function != nullptr;
}

// The linker knows modules by name, too, and descriptor numbers come again: so each copy's path has its own
// number of slashes.
Result<ModuleCopy> load_copy(size_t copies_before) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto memory, copy_to_memory());
  const Descriptor file(memory);
  const std::string path = "/proc/self/fd/" + std::string(copies_before, '/') + std::to_string(file.number());
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return Status::io(dlerror());
  ModuleCopy copy;
  const bool is_whole = find_symbol(module, "sqlite3_spectradb_init", &copy.init) &&
                        find_symbol(module, "spectradb_prepare_v2", &copy.prepare_v2) &&
                        find_symbol(module, "spectradb_prepare_v3", &copy.prepare_v3) &&
                        find_symbol(module, "spectradb_exec", &copy.exec) &&
                        find_symbol(module, "spectradb_rewrite", &copy.rewrite) &&
                        find_symbol(module, "spectradb_on_commit", &copy.on_commit) &&
                        find_symbol(module, "spectradb_has_connection", &copy.has_connection);
  if (!is_whole || copy.init == &sqlite3_spectradb_init)
    return Status::io("the system's linker makes no copy of it");
  return copy;
}

Result<const ModuleCopy*> find_or_load(const sqlite3_api_routines* api) {
  Copies& known = copies();
  const std::lock_guard<std::mutex> lock(known.mutex);
  if (sqlite3_api == nullptr) sqlite3_api = api;
  if (are_of_one_sqlite(sqlite3_api, api)) return static_cast<const ModuleCopy*>(nullptr);
  const auto found = std::find_if(known.all.begin(), known.all.end(),
                                  [api](const auto& copy) { return are_of_one_sqlite(copy->api, api); });
  if (found != known.all.end()) return static_cast<const ModuleCopy*>(&(*found)->module);
  SPECTRADB_ASSIGN_OR_RETURN(const auto loaded, load_copy(known.all.size()));
  known.all.push_back(std::make_unique<KnownCopy>(KnownCopy{api, loaded}));
  has_copies.store(true, std::memory_order_release);
  return static_cast<const ModuleCopy*>(&known.all.back()->module);
}

}  // namespace

int choose_module(const sqlite3_api_routines* api, const ModuleCopy** copy, char** message) {
  *copy = nullptr;
  if (api == nullptr) return SQLITE_ERROR;  // an SQLite without extensions: not even a message is possible
  try {
    const auto chosen = find_or_load(api);
    if (chosen) {
      *copy = *chosen;
      return SQLITE_OK;
    }
    if (message != nullptr)
      *message = api->mprintf(
          "spectradb serves another copy of SQLite in this process, and cannot be loaded for a "
          "second one: %s",
          chosen.status().message().c_str());
    return SQLITE_ERROR;
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

// The slots that the hook redirects outlive the connection, so the code must stay loaded.
int code_of_loading() { return SQLITE_OK_LOAD_PERMANENTLY; }

const ModuleCopy* copy_with(sqlite3* db) {
  if (!has_copies.load(std::memory_order_acquire) || Connection::of(db) != nullptr) return nullptr;
  Copies& known = copies();
  const std::lock_guard<std::mutex> lock(known.mutex);
  for (const auto& copy : known.all) {
    if (copy->module.has_connection(db) != 0) return &copy->module;
  }
  return nullptr;
}

}  // namespace spectradb::extension

extern "C" __attribute__((visibility("default"))) int spectradb_has_connection(sqlite3* db) {
  return spectradb::extension::Connection::of(db) != nullptr ? 1 : 0;
}
