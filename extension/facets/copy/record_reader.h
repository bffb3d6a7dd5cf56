// Reads records of a file of any format one after the other, with their places. A malformed record is
// returned as one with a problem, and the reader goes on behind it. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/copy/byte_stream.h"
#include "temporal/value.h"

namespace spectradb::extension::copy {

struct Record {
  std::vector<temporal::Value> fields;  // their bytes live until the next record
  std::vector<std::string> names;       // of JSON lines: the names of the fields
  int64_t line = 0;                     // the record's first line, counted from 1
  int64_t byte = 0;                     // where the record begins, counted from 0
  std::string_view text;                // the whole record, without its line end
  std::string problem;                  // empty when there is none; otherwise there are no fields
};

class RecordReader {
 public:
  static std::unique_ptr<RecordReader> make(std::unique_ptr<ByteSource> source, const CopyOptions& options);
  virtual ~RecordReader() = default;

  // Returns false at the end.
  Result<bool> next(Record& record);
  std::string sha256() { return source_->sha256(); }

 protected:
  RecordReader(std::unique_ptr<ByteSource> source, const CopyOptions& options)
      : options_(options), source_(std::move(source)) {}

  // Reads the record at the beginning of `bytes`: returns how many bytes it takes, its line end included, or
  // nothing where there may be too few bytes. `is_last`: no more bytes follow.
  virtual std::optional<size_t> read(std::string_view bytes, bool is_last, Record& record) = 0;
  virtual bool is_end_mark(const Record& record) const {
    static_cast<void>(record);
    return false;
  }

  const CopyOptions options_;

 private:
  Status fill();

  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  size_t at_ = 0;     // where the next record begins in buffer_
  int64_t byte_ = 0;  // the same place in the file
  int64_t line_ = 1;
  bool has_begun_ = false;
  bool is_last_ = false;  // nothing follows buffer_ in the file
};

}  // namespace spectradb::extension::copy
