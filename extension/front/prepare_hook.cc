#include "extension/front/prepare_hook.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "extension/access/gate.h"
#include "extension/front/prepare.h"

namespace spectradb::extension {

#ifdef SQLITE_CORE

// SQLite is compiled in: its calls go through no slots.
void install_prepare_hook() {}
bool is_prepare_hooked() { return false; }

#else

namespace {

// SQLite's own function, whatever a slot holds now. Set before the first slot is redirected.
std::atomic<PrepareV3> original_v3{nullptr};
std::atomic<int> redirected{0};

int hooked_prepare_v3(sqlite3* db, const char* sql, int bytes, unsigned int flags, sqlite3_stmt** out,
                      const char** tail) {
  return prepare_temporal(original_v3.load(std::memory_order_relaxed), db, sql, bytes, flags, out, tail);
}

int hooked_prepare_v2(sqlite3* db, const char* sql, int bytes, sqlite3_stmt** out, const char** tail) {
  return prepare_temporal(original_v3.load(std::memory_order_relaxed), db, sql, bytes, 0, out, tail);
}

// The step of a statement that is kept while the schema changes may fail because of its text (kept_statements.h).
int hooked_step(sqlite3_stmt* statement) {
  const bool is_first = sqlite3_stmt_busy(statement) == 0;
  if (!is_first) return sqlite3_step(statement);
  if (const int refused = before_step(statement); refused != SQLITE_OK) return refused;
  const int before = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  const int code = sqlite3_step(statement);
  if (code != SQLITE_ERROR) return code;
  return step_again(statement, code, sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0) - before);
}

// SQLite's own functions, and what hosts call instead.
struct Redirection {
  const char* name;
  const void* original;
  void* replacement;
};

const std::array<Redirection, 5>& redirections() {
  static const std::array<Redirection, 5> all = {{
      {"sqlite3_prepare_v2", reinterpret_cast<const void*>(sqlite3_api->prepare_v2),
       reinterpret_cast<void*>(&hooked_prepare_v2)},
      {"sqlite3_prepare_v3", reinterpret_cast<const void*>(sqlite3_api->prepare_v3),
       reinterpret_cast<void*>(&hooked_prepare_v3)},
      {"sqlite3_set_authorizer", reinterpret_cast<const void*>(sqlite3_api->set_authorizer),
       reinterpret_cast<void*>(&Gate::set_authorizer)},
      {"sqlite3_progress_handler", reinterpret_cast<const void*>(sqlite3_api->progress_handler),
       reinterpret_cast<void*>(&Gate::set_progress)},
      {"sqlite3_step", reinterpret_cast<const void*>(sqlite3_api->step),
       reinterpret_cast<void*>(&hooked_step)},
  }};
  return all;
}

#if defined(__x86_64__)
constexpr unsigned long kJumpSlot = R_X86_64_JUMP_SLOT;
constexpr unsigned long kGlobDat = R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
constexpr unsigned long kJumpSlot = R_AARCH64_JUMP_SLOT;
constexpr unsigned long kGlobDat = R_AARCH64_GLOB_DAT;
#else
constexpr unsigned long kJumpSlot =
    ~0UL;  // no slots are recognised: the C interface and spectradb_sql() remain
constexpr unsigned long kGlobDat = ~0UL;
#endif

// The parts of a loaded object's dynamic section that name its symbol slots.
struct Object {
  ElfW(Addr) base = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  ElfW(Addr) relro_begin = 0;
  ElfW(Addr) relro_end = 0;
  ElfW(Addr) end = 0;  // of the object in memory
};

// glibc stores absolute addresses in the dynamic section of most objects, but offsets in some (the vdso).
template <typename T>
const T* pointer_in(ElfW(Addr) base, ElfW(Addr) value) {
  return reinterpret_cast<const T*>(value < base ? base + value : value);
}

// Whether a slot leads to `function`: it holds its address, or, not bound yet, still points into its own
// object's linkage table and will be bound to it. Slots of another copy of SQLite in this process lead
// elsewhere.
bool leads_to(const Object& object, void* held, const void* function, const char* name) {
  if (held == function) return true;
  const auto address = reinterpret_cast<ElfW(Addr)>(held);
  const bool is_unbound = address >= object.base && address < object.end;
  return is_unbound && dlsym(RTLD_DEFAULT, name) == function;
}

void redirect(const Object& object, ElfW(Addr) slot_address, const Redirection& redirection) {
  auto* slot = reinterpret_cast<void**>(slot_address);
  if (*slot == redirection.replacement || !leads_to(object, *slot, redirection.original, redirection.name))
    return;
  const auto page_bytes = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  void* page = reinterpret_cast<void*>(slot_address & ~(page_bytes - 1));
  // Slots behind RELRO are read-only once the object is linked; they are made so again.
  const bool is_relro = slot_address >= object.relro_begin && slot_address < object.relro_end;
  if (is_relro && mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return;
  __atomic_store_n(slot, redirection.replacement, __ATOMIC_RELEASE);
  if (is_relro) mprotect(page, page_bytes, PROT_READ);
  redirected.fetch_add(1);
}

void redirect_table(const Object& object, const ElfW(Rela) * table, size_t bytes) {
  for (size_t i = 0; i < bytes / sizeof(ElfW(Rela)); ++i) {
    const ElfW(Rela)& relocation = table[i];
    const unsigned long type = ELF64_R_TYPE(relocation.r_info);
    if (type != kJumpSlot && type != kGlobDat) continue;
    const char* name = object.names + object.symbols[ELF64_R_SYM(relocation.r_info)].st_name;
    for (const Redirection& redirection : redirections()) {
      if (redirection.original == nullptr || std::strcmp(name, redirection.name) != 0) continue;
      redirect(object, object.base + relocation.r_offset, redirection);
    }
  }
}

int visit(struct dl_phdr_info* info, size_t, void*) {
  Object object;
  object.base = info->dlpi_addr;
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
  if (dynamic == nullptr) return 0;
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
  if (plt != nullptr) redirect_table(object, plt, plt_bytes);
  if (rela != nullptr) redirect_table(object, rela, rela_bytes);
  return 0;
}

}  // namespace

void install_prepare_hook() {
  const char* off = std::getenv("SPECTRADB_NO_HOOK");
  if (off != nullptr && *off != '\0' && std::strcmp(off, "0") != 0) return;
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  // The routines that loaded us are the library whose slots are meant: a process may hold a second copy of
  // SQLite behind private symbols, whose calls do not go through slots of this name.
  original_v3.store(sqlite3_api->prepare_v3);
  dl_iterate_phdr(visit, nullptr);
}

bool is_prepare_hooked() { return redirected.load() > 0; }

#endif

}  // namespace spectradb::extension
