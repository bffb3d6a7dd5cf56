// Says what a fuzz target is: a decoder of untrusted bytes, and the first inputs for it. Each
// <name>_fuzz.cc defines both, and is linked with libfuzzer.cc (option SPECTRADB_FUZZ, Clang) or, as a test
// of the suite, with mutator.cc. A target ends the process where an invariant does not hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spectradb::fuzz {

std::vector<std::string> seeds();
void feed(std::string_view input);

// Ends the process when false.
void must(bool holds, const char* what);

}  // namespace spectradb::fuzz
