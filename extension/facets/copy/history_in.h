// COPY … FROM … WITH (HISTORY): a history that COPY … TO has written (copy_rows.h), into a table without facts. Each
// commit of the file becomes one, with its time, its notes and its facts as they were; its number is the next one here, and
// the note `imported` says which it was. What was committed before something failed stays. One thread.
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
  std::vector<std::string> names_;     // of the columns of the file
  std::vector<TargetColumn> columns_;  // the same, as far as they are the table's
  std::string insert_text_;
  std::unique_ptr<RecordReader> reader_;
  std::unique_ptr<UserStatement> insert_;
  std::unique_ptr<WriteScope> scope_;
  std::vector<temporal::Value> cells_;  // of the record, in the order of names_
  std::vector<std::string> made_;       // bytes of cells that are not as they stand in the file
  int64_t commit_ = 0;                  // of the file, that is being written
  CopyResult result_;
};

}  // namespace spectradb::extension::copy
