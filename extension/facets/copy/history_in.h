// Does COPY … FROM … WITH (HISTORY): reads a history that COPY … TO has written (copy_rows.h) into a table
// without facts. Each commit of the file becomes a commit with its time, its notes and its facts as they
// were. It gets the next number here, and the note `imported` says which number it had. When something
// fails, earlier commits stay. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "extension/facets/copy/copy_in.h"
#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/facets/copy/record_reader.h"
#include "extension/facets/copy/user_statement.h"
#include "extension/session/write_scope.h"

namespace spectradb::extension::copy {

class HistoryIn {
 public:
  HistoryIn(Connection& connection, const CopyStatement& statement)
      : connection_(connection), statement_(statement) {}

  Result<CopyResult> run();

 private:
  Status open();
  Status check_without_facts(const std::string& schema);
  Status open_file();
  Status read_header();
  Status find_cells(const Record& record);
  Status take();
  Status begin_commit(int64_t number);
  Status annotate(const temporal::Value& notes);
  Status end_commit();
  Status write_fact();
  std::string place_of(const Record& record) const;

  Connection& connection_;
  const CopyStatement& statement_;
  std::shared_ptr<Database> database_;
  std::vector<std::string> names_;     // names of the file's columns
  std::vector<TargetColumn> columns_;  // the same columns, if the table has them
  std::string insert_text_;
  std::unique_ptr<RecordReader> reader_;
  std::unique_ptr<UserStatement> insert_;
  std::unique_ptr<WriteScope> scope_;
  std::vector<temporal::Value> cells_;  // the record's cells, in the order of names_
  std::vector<std::string> made_;       // bytes of cells that differ from those in the file
  int64_t commit_ = 0;                  // the commit of the file that is being written
  CopyResult result_;
};

}  // namespace spectradb::extension::copy
