// A host that has no SQLite itself, and loads a driver that has one. Only the driver sees the library whose
// functions it calls, and it has called none when the extension is loaded. Its texts go through the hook
// all the same.
//
//   plug_in --extension=PATH --driver=PATH
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "plug_in: %s\n", what.c_str());
  std::exit(1);
}

std::string argument(int argc, char** argv, const std::string& name) {
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    if (text.rfind(name + "=", 0) == 0) return text.substr(name.size() + 1);
  }
  fail("usage: plug_in --extension=PATH --driver=PATH");
}

using Ask = const char* (*)(const char*, const char*, const char*);

}  // namespace

int main(int argc, char** argv) {
  const std::string extension = argument(argc, argv, "--extension");
  void* driver = dlopen(argument(argc, argv, "--driver").c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (driver == nullptr) fail(dlerror());
  if (dlsym(RTLD_DEFAULT, "sqlite3_open") != nullptr) fail("an SQLite that everybody sees proves nothing");
  const auto ask = reinterpret_cast<Ask>(dlsym(driver, "ask_as_driver"));
  if (ask == nullptr) fail(dlerror());
  const std::string answer = ask(extension.c_str(),
                                 "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
                                 "INSERT INTO t VALUES (1, 'first'); UPDATE t SET v = 'second'",
                                 "SELECT v || ', hooked: ' || spectradb_hooked() FROM t AS OF 1");
  if (answer != "first, hooked: 1") fail("the driver's text gives '" + answer + "'");
  std::puts("a driver that was loaded for itself speaks temporal SQL");
  return 0;
}
