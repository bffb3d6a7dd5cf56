// Writes rows as a Parquet file (https://parquet.apache.org/docs/file-format/), whose pages zstd compresses.
// One thread.
//
//   file   := "PAR1" group … footer size "PAR1"    the footer's size has four bytes
//   group  := chunk …                              one of each column (parquet_column.h)
//   footer := a Thrift structure, parquet.thrift's FileMetaData: columns, groups with counts and bounds of
//             values, and what COPY says of itself: spectradb.copy, spectradb.commit
//
// A column has one type. Declared types say it where they are of integers, of floating-point numbers, of text
// or BLOB; the first values say it of other columns: integers, numbers, texts or blobs, and text where they
// differ. A row group is kept in memory until it is whole.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "extension/facets/copy/byte_stream.h"
#include "extension/facets/copy/copy_rows.h"
#include "extension/facets/copy/parquet_column.h"

namespace spectradb::extension::copy {

class ParquetFile {
 public:
  // `subject` is what COPY copies, for messages.
  ParquetFile(ByteSink& sink, CopyRows& rows, std::string subject);

  Status begin();  // kInvalid where two columns have one name
  // Adds the row that stands in `rows`; kInvalid names the row and the column of a value that does not fit.
  Status add();
  // Writes the rest: notes are pairs of name and value.
  Status finish(const std::vector<std::pair<std::string, std::string>>& notes);

 private:
  struct Kept {
    temporal::Value value;
    std::string bytes;
  };

  Status decide_types();
  ParquetColumn::Type type_of(size_t column) const;
  Status add_value(size_t column, const temporal::Value& value);
  Status end_row();
  Status end_group();
  Status write(std::string_view bytes);

  ByteSink& sink_;
  CopyRows& rows_;
  const std::string subject_;
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> compressor_;
  std::vector<ParquetColumn> columns_;  // empty until types are decided
  std::vector<Kept> first_;             // the values of the first rows, until then
  size_t first_bytes_ = 0;
  int64_t row_count_ = 0;   // of rows whose values the columns have
  int64_t group_rows_ = 0;  // of the group that is open
  int64_t offset_ = 0;      // so many bytes are written
  std::string groups_;      // the footer's words about the groups that are written
  size_t group_count_ = 0;
};

}  // namespace spectradb::extension::copy
