// sum(), total() and avg() as the SQLite that runs adds: doubles one after the other before 3.43, from 3.44 on by
// the method of Kahan and Babuška, with integers apart until a real is met.
#pragma once

#include <cstdint>
#include <optional>

namespace spectradb::extension {

enum class Adding : uint8_t { kPlainly, kCompensated };
// How the SQLite that runs adds; nothing where that is not known.
std::optional<Adding> way_of_adding();

struct Sum {
  int64_t count = 0;
  int64_t integer = 0;
  double real = 0;
  double error = 0;  // what `real` lacks
  bool is_approximate = false;
  bool is_overflow = false;

  void add(int64_t number, Adding adding);
  void add(double number, Adding adding);
  double total(Adding adding) const;

 private:
  void compensate(double number);
  void compensate_integer(int64_t number);
  void begin_compensation();
};

}  // namespace spectradb::extension
