// Reads a file of records in the form that sqltest.cc describes, one after another, whatever is then done
// with them.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

std::string trim(std::string_view text);
// Takes the first word off the text.
std::string take_word(std::string& text);

struct Record {
  int line = 0;                    // the line where it begins
  std::string word;                // statement, query, set, …
  std::string rest;                // the first line without the word
  std::vector<std::string> lines;  // all of them

  // Returns the lines after the first one, up to `----`.
  std::string sql() const;
  // Returns the place of `----` among the lines, or their number if it is not there.
  size_t rule() const;
};

class TestFile {
 public:
  explicit TestFile(const std::string& path);  // ends the program when there is no such file
  // Reads the next record, up to a blank line. Another record may follow one of a single line (reopen,
  // flush …) without a blank line.
  bool read(Record& record);

 private:
  std::ifstream in_;
  int line_number_ = 0;
};

// While it lives, new databases have the storage that the file needs: a directory where it says
// `# The store of this file is a directory`. One is made before there are threads of others.
class StorageOfFile {
 public:
  explicit StorageOfFile(const std::string& path);
  ~StorageOfFile();
  StorageOfFile(const StorageOfFile&) = delete;
  StorageOfFile& operator=(const StorageOfFile&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace spectradb::tests
