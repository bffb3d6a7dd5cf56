// A directory on disk that goes with the object, with what is in its folders "files" and "db". Tests only.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "lsm/file/file.h"

namespace spectradb::lsm {

struct TemporaryDirectory {
  std::string path = "/tmp/spectradb-lsm-XXXXXX";
  TemporaryDirectory() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~TemporaryDirectory() {
    const auto files = posix_file_system();
    for (const char* name : {"/files", "/db"}) {
      if (const auto names = files->list(path + name)) {
        for (const std::string& file : *names) (void)files->remove(path + name + "/" + file);
        ::rmdir((path + name).c_str());
      }
    }
    ::rmdir(path.c_str());
  }
};

}  // namespace spectradb::lsm
