// What C's functions read and write is what the library's do, number by number.
#include "temporal/real_text.h"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <string>

#include "base/random_seed.h"

using namespace spectradb;
using namespace spectradb::temporal;

namespace {

template <typename Real>
std::string written(std::to_chars_result (*write)(char*, char*, Real), Real real) {
  char text[400];
  const auto end = write(text, text + sizeof text, real);
  REQUIRE(end.ec == std::errc());
  return std::string(text, end.ptr);
}

template <typename Real>
void check_same_text(Real real) {
  CAPTURE(real);
  const std::string text = written<Real>(real_text_of_c::write, real);
  CHECK(text == written<Real>(write_real, real));
}

void check_same_reading(const std::string& text) {
  CAPTURE(text);
  double by_c = 1;
  double by_library = 1;
  const auto end = real_text_of_c::read(text.data(), text.data() + text.size(), by_c);
  const auto other_end = read_real(text.data(), text.data() + text.size(), by_library);
  CHECK(end.ec == other_end.ec);
  CHECK(std::bit_cast<uint64_t>(by_c) == std::bit_cast<uint64_t>(by_library));
}

}  // namespace

TEST_CASE("reals are written alike") {
  SPECTRADB_SHOW_SEED();
  for (const double real : {0.0, -0.0, 1.0, -1.5, 0.1, 1e-5, 0.0001, 12345678.9, 1e15, 1e16, 1e21, 1e22, 1e23,
                            123456789012345680000.0, 9007199254740993.0, 1.7976931348623157e308,
                            2.2250738585072014e-308, 1e-310}) {
    check_same_text(real);
    check_same_text(static_cast<float>(real));
  }
  Random random(random_seed());
  for (int i = 0; i < 3000; ++i) {
    check_same_text(static_cast<double>(below(random, 1'000'000'000)) / 1000.0);
    const auto real = std::bit_cast<double>(random());
    if (std::isfinite(real)) check_same_text(real);
    const auto small = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isfinite(small)) check_same_text(small);
  }
}

TEST_CASE("reals of some decimals are written alike") {
  for (const double real : {0.0, -0.04, 0.05, 0.25, 12.349, 1e20, -7.96}) {
    char text[64];
    char other[64];
    const auto end = real_text_of_c::write(text, text + sizeof text, real, 1);
    const auto other_end = write_real(other, other + sizeof other, real, 1);
    CHECK(std::string(text, end.ptr) == std::string(other, other_end.ptr));
  }
  char few[3];
  CHECK(real_text_of_c::write(few, few + sizeof few, 123.4, 1).ec == std::errc::value_too_large);
}

TEST_CASE("reals are read alike") {
  for (const char* text : {"0",        "-0",     "0.0",    "0e5",    "1",
                           "-1.5e3",   "1e400",  "-1e400", "1e-400", "123456789012345678901234567890",
                           "4.9e-324", "0.1e-1", "",       "+5",     " 5",
                           "0x10",     "5abc",   ".5",     "5.",     "1e",
                           "1e+",      "--1",    "-",      "x",      "5e1e1"}) {
    check_same_reading(text);
  }
}
