// What dlsym() gives to hosts that look up SQLite's functions by name, as those do that call C libraries from
// another language: what such a host finds is redirected as its slots would be. Any thread.
#pragma once

namespace spectradb::extension {

// The function to call instead of dlsym(), null where the processor is not known; `real_dlsym` is called for
// everything but the functions that are redirected, with the caller's own address on the stack, since the meaning
// of RTLD_NEXT and RTLD_DEFAULT depends on it.
void* hooked_dlsym(void* real_dlsym);

}  // namespace spectradb::extension
