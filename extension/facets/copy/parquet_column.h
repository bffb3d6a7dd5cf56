// One column of a Parquet file: gathers the values of a row group as compressed pages, and says afterwards
// what they were. One thread.
//
//   chunk  := page …                      the values of a row group in this column
//   page   := head zstd(levels values)    the head is a Thrift structure, parquet.thrift's PageHeader
//   levels := size run …                  says for each row whether there is a value; four bytes of size
//   run    := varint(rows << 1) 0|1                           so many rows alike
//           | varint(groups << 1 | 1) byte …                  eight rows a byte, the first in its lowest bit
//   values := value …                     NULLs have none (encoding PLAIN, little-endian)
//   value  := eight bytes of an integer | eight bytes of a double | four bytes of size, and the bytes
#pragma once

#include <zstd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facets/copy/thrift_writer.h"
#include "temporal/value.h"

namespace spectradb::extension::copy {

class ParquetColumn {
 public:
  enum class Type : uint8_t { kInteger, kReal, kText, kBytes };

  ParquetColumn(std::string name, Type type) : name_(std::move(name)), type_(type) {}

  const std::string& name() const { return name_; }
  // Adds a value; kInvalid says in what it does not fit. Numbers become text in a column of texts, as in CSV.
  Status add(const temporal::Value& value, ZSTD_CCtx* compressor);
  size_t held_bytes() const { return chunk_.size() + values_.size() + levels_.size(); }

  // Ends the row group: no more values belong to it. Its chunk is what the file has at `offset`.
  Status end_chunk(ZSTD_CCtx* compressor) { return rows_ > 0 ? end_page(compressor) : Status::ok(); }
  const std::string& chunk() const { return chunk_; }
  int64_t uncompressed_bytes() const { return uncompressed_bytes_; }
  void describe_chunk(ThriftWriter& out, int64_t offset) const;  // parquet.thrift's ColumnChunk
  void start_over();                                             // for the next row group

  void describe(ThriftWriter& out) const;  // parquet.thrift's SchemaElement

 private:
  Status add_bytes(std::string_view bytes);
  Status end_page(ZSTD_CCtx* compressor);
  void append_levels(std::string& out) const;
  void describe_statistics(ThriftWriter& out) const;
  template <typename T>
  void add_fixed(T value, T& least, T& greatest);

  const std::string name_;
  const Type type_;

  // The page that is being made.
  std::string levels_;  // a byte for each row: 1 where there is a value
  std::string values_;
  int32_t rows_ = 0;

  // The row group.
  std::string chunk_;
  int64_t chunk_rows_ = 0;
  int64_t nulls_ = 0;
  int64_t uncompressed_bytes_ = 0;  // the heads of its pages included
  int64_t least_integer_ = 0;
  int64_t greatest_integer_ = 0;
  double least_real_ = 0;
  double greatest_real_ = 0;
  std::string least_bytes_;  // their first bytes: of what is longer, nothing is said
  std::string greatest_bytes_;

  std::string scratch_;
};

}  // namespace spectradb::extension::copy
