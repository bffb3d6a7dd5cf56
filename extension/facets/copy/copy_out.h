// COPY … TO writes rows of a table or a query as records of a file. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "extension/facets/copy/byte_stream.h"
#include "extension/facets/copy/copy_rows.h"
#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/parquet_file.h"
#include "extension/session/connection.h"

namespace spectradb::extension::copy {

class CopyOut {
 public:
  CopyOut(Connection& connection, const CopyStatement& statement)
      : connection_(connection), statement_(statement) {}

  Result<int64_t> run();  // returns the number of rows

 private:
  Result<std::string> query() const;
  Result<std::unique_ptr<CopyRows>> make_rows() const;
  Status write_rows(int descriptor, int64_t* rows);
  Status begin_file();
  Status find_commit();
  Status finish_file();
  void find_documents();
  void append_header();
  void append_row();
  void append_field(std::string_view text, bool is_null);
  void append_csv(std::string_view text);
  void append_text(std::string_view text);
  void append_object();
  std::string_view text_of(int column);
  Status pass_on(bool is_last);

  Connection& connection_;
  const CopyStatement& statement_;
  std::unique_ptr<CopyRows> rows_;
  std::unique_ptr<ByteSink> sink_;
  std::unique_ptr<ParquetFile> parquet_;  // null: lines of text
  std::string out_;
  std::string scratch_;
  uint64_t commit_ = 0;  // the last one that the rows were read with
  int document_ = -1;    // the column that has documents
};

}  // namespace spectradb::extension::copy
