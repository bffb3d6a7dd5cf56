#include "extension/front/prepare_hook.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "extension/front/hooked_calls.h"
#include "extension/front/symbol_lookup.h"
#include "extension/host/api.h"

namespace spectradb::extension {

namespace {

std::mutex hook_mutex;  // guards what follows, and the walks

// How many objects have ever been loaded and unloaded. While both numbers stay, no object is new.
struct Loads {
  unsigned long long added = 0;
  unsigned long long removed = 0;
  friend bool operator==(const Loads&, const Loads&) = default;
};

std::optional<Loads> walked_at;  // before the last walk

// Whether calls inside of SQLite's own library go through slots, and have been redirected.
std::atomic<bool> is_library_redirected{false};

#if defined(__x86_64__)
constexpr unsigned long kJumpSlot = R_X86_64_JUMP_SLOT;
constexpr unsigned long kGlobDat = R_X86_64_GLOB_DAT;
constexpr unsigned long kAddress = R_X86_64_64;
#elif defined(__aarch64__)
constexpr unsigned long kJumpSlot = R_AARCH64_JUMP_SLOT;
constexpr unsigned long kGlobDat = R_AARCH64_GLOB_DAT;
constexpr unsigned long kAddress = R_AARCH64_ABS64;
#else
// Recognizes no slots: the C interface and spectradb_sql() remain.
constexpr unsigned long kJumpSlot = ~0UL;
constexpr unsigned long kGlobDat = ~0UL;
constexpr unsigned long kAddress = ~0UL;
#endif

// The parts of a loaded object's dynamic section that lead to its symbol slots.
struct Object {
  ElfW(Addr) base = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  ElfW(Addr) relro_begin = 0;
  ElfW(Addr) relro_end = 0;
  ElfW(Addr) end = 0;  // the object's end in memory
  const char* file = nullptr;

  bool has(const void* address) const {
    const auto place = reinterpret_cast<ElfW(Addr)>(address);
    return place >= base && place < end;
  }
  bool is_sqlite() const { return has(reinterpret_cast<const void*>(sqlite3_api->prepare_v3)); }
};

// glibc stores absolute addresses in the dynamic section of most objects, but offsets in some (the vdso).
template <typename T>
const T* pointer_in(ElfW(Addr) base, ElfW(Addr) value) {
  return reinterpret_cast<const T*>(value < base ? base + value : value);
}

// Returns what the name means to the object itself where no global symbol has it: an object that was loaded
// locally, as plug-ins are, sees the libraries that it names.
const void* meant_by(const Object& object, const char* name) {
  if (const void* seen_by_all = dlsym(RTLD_DEFAULT, name); seen_by_all != nullptr) return seen_by_all;
  if (object.file == nullptr || *object.file == '\0') return nullptr;
  void* handle = dlopen(object.file, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  const void* found = dlsym(handle, name);
  dlclose(handle);  // it stays loaded, since whoever loaded it holds it
  return found;
}

// Whether a slot leads to `function`: it holds its address or, while it is not bound, points into its own
// object's linkage table and will be bound to it. Slots of another copy of SQLite in this process lead
// elsewhere.
bool leads_to(const Object& object, void* held, const void* function, const char* name) {
  if (held == function) return true;
  return object.has(held) && meant_by(object, name) == function;
}

void redirect(const Object& object, ElfW(Addr) slot_address, const Redirection& redirection) {
  auto* slot = reinterpret_cast<void**>(slot_address);
  if (*slot == redirection.replacement || !leads_to(object, *slot, redirection.original, redirection.name))
    return;
  const auto page_bytes = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  void* page = reinterpret_cast<void*>(slot_address & ~(page_bytes - 1));
  // Slots under RELRO became read-only once the object was linked; they are made so again.
  const bool is_relro = slot_address >= object.relro_begin && slot_address < object.relro_end;
  if (is_relro && mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return;
  __atomic_store_n(slot, redirection.replacement, __ATOMIC_RELEASE);
  if (is_relro) mprotect(page, page_bytes, PROT_READ);
  if (object.is_sqlite() && std::strcmp(redirection.name, "sqlite3_prepare_v2") == 0)
    is_library_redirected.store(true);
}

// Relocations also cover addresses in initialized data, such as a host's table of functions. SQLite's own
// table of routines must go on leading to SQLite's own functions.
bool is_slot(const Object& object, const ElfW(Rela) & relocation) {
  const unsigned long type = ELF64_R_TYPE(relocation.r_info);
  if (type == kAddress) return relocation.r_addend == 0 && !object.is_sqlite();
  return type == kJumpSlot || type == kGlobDat;
}

using Redirections = std::vector<Redirection>;

void redirect_table(const Object& object, const Redirections& redirections, const ElfW(Rela) * table,
                    size_t bytes) {
  for (size_t i = 0; i < bytes / sizeof(ElfW(Rela)); ++i) {
    const ElfW(Rela)& relocation = table[i];
    if (!is_slot(object, relocation)) continue;
    const char* name = object.names + object.symbols[ELF64_R_SYM(relocation.r_info)].st_name;
    for (const Redirection& redirection : redirections) {
      if (std::strcmp(name, redirection.name) != 0) continue;
      redirect(object, object.base + relocation.r_offset, redirection);
    }
  }
}

// `given` are the redirections.
int visit(struct dl_phdr_info* info, size_t, void* given) {
  const auto& redirections = *static_cast<const Redirections*>(given);
  Object object;
  object.base = info->dlpi_addr;
  object.file = info->dlpi_name;
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type == PT_DYNAMIC)
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + header.p_vaddr);
    if (header.p_type == PT_LOAD) {
      object.end = std::max<ElfW(Addr)>(object.end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
    }
    if (header.p_type == PT_GNU_RELRO) {
      object.relro_begin = info->dlpi_addr + header.p_vaddr;
      object.relro_end = object.relro_begin + header.p_memsz;
    }
  }
  const bool is_ours = object.has(reinterpret_cast<const void*>(&visit));
  if (dynamic == nullptr || is_ours) return 0;
  const ElfW(Rela)* plt = nullptr;
  const ElfW(Rela)* rela = nullptr;
  size_t plt_bytes = 0;
  size_t rela_bytes = 0;
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    switch (dynamic->d_tag) {
      case DT_SYMTAB:
        object.symbols = pointer_in<ElfW(Sym)>(object.base, dynamic->d_un.d_ptr);
        break;
      case DT_STRTAB:
        object.names = pointer_in<char>(object.base, dynamic->d_un.d_ptr);
        break;
      case DT_JMPREL:
        plt = pointer_in<ElfW(Rela)>(object.base, dynamic->d_un.d_ptr);
        break;
      case DT_PLTRELSZ:
        plt_bytes = dynamic->d_un.d_val;
        break;
      case DT_RELA:
        rela = pointer_in<ElfW(Rela)>(object.base, dynamic->d_un.d_ptr);
        break;
      case DT_RELASZ:
        rela_bytes = dynamic->d_un.d_val;
        break;
      default:
        break;
    }
  }
  if (object.symbols == nullptr || object.names == nullptr) return 0;
  if (plt != nullptr) redirect_table(object, redirections, plt, plt_bytes);
  if (rela != nullptr) redirect_table(object, redirections, rela, rela_bytes);
  return 0;
}

int read_loads(struct dl_phdr_info* info, size_t size, void* given) {
  if (size < offsetof(struct dl_phdr_info, dlpi_subs) + sizeof(info->dlpi_subs)) return 1;
  *static_cast<std::optional<Loads>*>(given) = Loads{info->dlpi_adds, info->dlpi_subs};
  return 1;  // each object has the same numbers
}

// None where the loader does not count.
std::optional<Loads> loads_so_far() {
  std::optional<Loads> loads;
  dl_iterate_phdr(read_loads, &loads);
  return loads;
}

void walk(Redirections redirections) {
  std::erase_if(redirections, [](const Redirection& each) {
    return each.original == nullptr || each.replacement == nullptr;
  });
  dl_iterate_phdr(visit, &redirections);
}

// Redirects dlsym() itself; a wrapper of our own may stand in for it (older_glibc.c).
Redirection redirection_of_lookup() {
  static void* const real = dlsym(RTLD_DEFAULT, "dlsym");
  return {"dlsym", real, real == nullptr ? nullptr : hooked_dlsym(real)};
}

}  // namespace

void install_prepare_hook() {
  const char* off = std::getenv("SPECTRADB_NO_HOOK");
  if (off != nullptr && *off != '\0' && std::strcmp(off, "0") != 0) return;
  std::lock_guard<std::mutex> lock(hook_mutex);
  // A walk looks at all relocations of all objects, so a connection that finds no new object makes none.
  const std::optional<Loads> loads = loads_so_far();
  if (loads && loads == walked_at) return;
  walked_at = loads;
  // The library meant is the one whose routines loaded us: a process may hold a second copy of SQLite behind
  // private symbols, whose calls do not go through slots of these names.
  Redirections all(redirections().begin(), redirections().end());
  all.push_back(redirection_of_lookup());
  walk(std::move(all));
  if (is_library_redirected.load()) return;
  walk({redirections_of_scripts().begin(), redirections_of_scripts().end()});
}

const Redirection* redirection_of_name(const char* name) {
  const auto find = [name](std::span<const Redirection> all) -> const Redirection* {
    for (const Redirection& each : all) {
      if (each.original != nullptr && std::strcmp(each.name, name) == 0) return &each;
    }
    return nullptr;
  };
  const Redirection* const found = find(redirections());
  return found != nullptr || is_library_redirected.load() ? found : find(redirections_of_scripts());
}

}  // namespace spectradb::extension
