#include "extension/front/symbol_lookup.h"

#include <dlfcn.h>

#include <cstring>

#include "extension/front/hooked_calls.h"
#include "extension/front/prepare_hook.h"

// Hidden and without a namespace, for the assembler below.
extern "C" {
__attribute__((visibility("hidden"), used)) void* spectradb_real_dlsym = nullptr;
__attribute__((visibility("hidden"))) void* spectradb_redirected_symbol(void* handle, const char* name,
                                                                        void* caller);
__attribute__((visibility("hidden"))) void* spectradb_hooked_dlsym(void* handle, const char* name);
}

namespace {

// Bypasses our own slot: a module copy for a second SQLite redirects this module's slot, as this one does the
// copy's.
void* look_up(void* handle, const char* name) {
  return reinterpret_cast<void* (*)(void*, const char*)>(spectradb_real_dlsym)(handle, name);
}

// Returns what `name` means to a caller that looks everywhere: a global symbol, else one that the caller's
// object sees.
void* find_everywhere(const char* name, void* caller) {
  if (void* const found = look_up(RTLD_DEFAULT, name); found != nullptr) return found;
  Dl_info info{};
  if (dladdr(caller, &info) == 0 || info.dli_fname == nullptr) return nullptr;
  void* const object = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (object == nullptr) return nullptr;
  void* const found = look_up(object, name);
  dlclose(object);
  return found;
}

}  // namespace

// Returns what dlsym() must return instead of its own result; null for its own.
extern "C" __attribute__((used)) void* spectradb_redirected_symbol(void* handle, const char* name,
                                                                   void* caller) {
  static constexpr char kSqlite[] = "sqlite3_";
  if (handle == RTLD_NEXT || name == nullptr || std::strncmp(name, kSqlite, sizeof kSqlite - 1) != 0)
    return nullptr;
  const spectradb::extension::Redirection* const redirection =
      spectradb::extension::redirection_of_name(name);
  if (redirection == nullptr) return nullptr;
  void* const found = handle == RTLD_DEFAULT ? find_everywhere(name, caller) : look_up(handle, name);
  return found != nullptr && found == redirection->original ? redirection->replacement : nullptr;
}

// Calls spectradb_redirected_symbol(handle, name, the caller's address), and returns its answer or jumps to dlsym().
#if defined(__x86_64__)
asm(R"(
.text
.p2align 4
.hidden spectradb_hooked_dlsym
.globl spectradb_hooked_dlsym
.type spectradb_hooked_dlsym, @function
spectradb_hooked_dlsym:
  .cfi_startproc
  endbr64
  pushq %rdi
  .cfi_adjust_cfa_offset 8
  pushq %rsi
  .cfi_adjust_cfa_offset 8
  movq 16(%rsp), %rdx
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  call spectradb_redirected_symbol
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %rsi
  .cfi_adjust_cfa_offset -8
  popq %rdi
  .cfi_adjust_cfa_offset -8
  testq %rax, %rax
  jne 1f
  movq spectradb_real_dlsym(%rip), %rax
  jmp *%rax
1:
  ret
  .cfi_endproc
.size spectradb_hooked_dlsym, .-spectradb_hooked_dlsym
)");
#elif defined(__aarch64__)
asm(R"(
.text
.p2align 2
.hidden spectradb_hooked_dlsym
.globl spectradb_hooked_dlsym
.type spectradb_hooked_dlsym, %function
spectradb_hooked_dlsym:
  .cfi_startproc
  hint #34
  stp x29, x30, [sp, #-32]!
  .cfi_def_cfa_offset 32
  .cfi_offset 29, -32
  .cfi_offset 30, -24
  mov x29, sp
  stp x0, x1, [sp, #16]
  mov x2, x30
  bl spectradb_redirected_symbol
  mov x16, x0
  ldp x0, x1, [sp, #16]
  ldp x29, x30, [sp], #32
  .cfi_restore 30
  .cfi_restore 29
  .cfi_def_cfa_offset 0
  cbz x16, 1f
  mov x0, x16
  ret
1:
  adrp x16, spectradb_real_dlsym
  ldr x16, [x16, #:lo12:spectradb_real_dlsym]
  br x16
  .cfi_endproc
.size spectradb_hooked_dlsym, .-spectradb_hooked_dlsym
)");
#endif

namespace spectradb::extension {

void* hooked_dlsym(void* real_dlsym) {
  spectradb_real_dlsym = real_dlsym;
#if defined(__x86_64__) || defined(__aarch64__)
  return reinterpret_cast<void*>(&spectradb_hooked_dlsym);
#else
  return nullptr;
#endif
}

}  // namespace spectradb::extension
