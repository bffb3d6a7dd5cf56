// Wraps dlsym() for hosts that look SQLite's functions up by name, as bridges from other languages to C do:
// they get redirected functions, as hosts with slots do. Any thread.
#pragma once

namespace spectradb::extension {

// Returns the function to call instead of dlsym(), or null on an unknown processor. It calls `real_dlsym` for
// everything but redirected functions, with the caller's own address on the stack, since RTLD_NEXT and
// RTLD_DEFAULT depend on that.
void* hooked_dlsym(void* real_dlsym);

}  // namespace spectradb::extension
