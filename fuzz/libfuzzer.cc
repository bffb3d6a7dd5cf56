// Runs a target under libFuzzer. With --seeds=DIRECTORY it only writes the target's first inputs there.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kOption = "--seeds=";
  for (int index = 1; index < *argc; ++index) {
    const std::string_view argument = (*argv)[index];
    if (!argument.starts_with(kOption)) continue;
    size_t number = 0;
    for (const std::string& seed : spectradb::fuzz::seeds()) {
      const std::string path =
          std::string(argument.substr(kOption.size())) + "/seed-" + std::to_string(number++);
      std::ofstream file(path, std::ios::binary);
      file.write(seed.data(), static_cast<std::streamsize>(seed.size()));
      if (!file.flush()) {
        std::fprintf(stderr, "cannot write %s\n", path.c_str());
        std::exit(1);
      }
    }
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  spectradb::fuzz::feed({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
