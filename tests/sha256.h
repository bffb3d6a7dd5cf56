// SHA-256 (FIPS 180-4), for comparing file lists with sums that other programs made.
#pragma once

#include <string>
#include <string_view>

namespace spectradb::tests {

std::string sha256_hex(std::string_view bytes);  // 64 lower-case digits

}  // namespace spectradb::tests
