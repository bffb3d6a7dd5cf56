// What is published of a ledger: one text that stands for the whole history up to a commit. Pure, any thread.
//
//   digest := "spectradb:" commit ":" entries ":" root      decimal, decimal, 64 hexadecimal digits
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "extension/facets/ledger/hash.h"
#include "temporal/value.h"

namespace spectradb::extension::ledger {

struct Digest {
  uint64_t commit = 0;   // the last one in it
  uint64_t entries = 0;  // the leaves of the tree
  Hash root{};

  std::string text() const;
};

// kInvalid where a value is no digest; `function` begins the message.
Result<Digest> digest_of_argument(const temporal::Value& value, const char* function);

}  // namespace spectradb::extension::ledger
