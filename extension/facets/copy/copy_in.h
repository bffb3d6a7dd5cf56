// COPY … FROM reads records of a file into rows of a table. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/facets/copy/record_reader.h"
#include "extension/facets/copy/row_insert.h"
#include "extension/facets/copy/user_statement.h"
#include "extension/session/write_scope.h"

namespace spectradb::extension::copy {

struct CopyResult {
  int64_t rows = 0;
  int64_t rejected = 0;
  int64_t commits = 0;  // how many commits were made in between
};

class CopyIn {
 public:
  CopyIn(Connection& connection, const CopyStatement& statement)
      : connection_(connection), statement_(statement) {}

  Result<CopyResult> run();

 private:
  // Says why a row was refused.
  struct Refusal {
    const char* kind = "";
    std::string message;
    std::string column;  // empty when no column is to blame
    std::string value;
  };

  Status open();
  Status check_header();
  Status take(const Record& record);
  bool fits_columns(const Record& record, Refusal& refusal);
  bool bind_fields(const Record& record, Refusal& refusal);
  bool convert(size_t column, const temporal::Value& value, Refusal& refusal);
  int place_of(const std::string& name) const;
  bool find_places(const Record& record, Refusal& refusal);
  Status refuse(const Record& record, const Refusal& refusal);
  Status keep_reject(const Record& record, const Refusal& refusal);
  std::string context(const Record& record, const Refusal& refusal) const;
  Status begin_part();
  Status end_part();

  Connection& connection_;
  const CopyStatement& statement_;
  std::shared_ptr<Database> database_;
  CopyTarget target_;
  std::unique_ptr<RecordReader> reader_;
  std::unique_ptr<RowInsert> insert_;
  std::unique_ptr<UserStatement> reject_;
  std::unique_ptr<WriteScope> scope_;
  std::vector<size_t> places_;     // of the fields of a JSON line among the columns
  std::vector<std::string> made_;  // bytes of fields that differ from those in the file
  int64_t rows_before_part_ = 0;
  CopyResult result_;
};

}  // namespace spectradb::extension::copy
