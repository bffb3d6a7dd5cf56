// A file of records, as sqltest.cc describes them: read one after another, whatever is then done with them.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

std::string trim(std::string_view text);
// Takes the first word off the text.
std::string take_word(std::string& text);

struct Record {
  int line = 0;                    // where it begins
  std::string word;                // what it is: statement, query, set …
  std::string rest;                // of its first line
  std::vector<std::string> lines;  // all of them

  // The lines behind the first, up to `----`.
  std::string sql() const;
  // Where `----` is among the lines; their number where it is not.
  size_t rule() const;
};

class TestFile {
 public:
  explicit TestFile(const std::string& path);  // ends the program when there is none
  // The next record, up to a blank line. One of a single line (reopen, flush …) may be followed by the next
  // without a blank line.
  bool read(Record& record);

 private:
  std::ifstream in_;
  int line_number_ = 0;
};

}  // namespace spectradb::tests
