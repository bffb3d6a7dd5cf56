// Finds the table that rows are copied into, and makes the statement that inserts them. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/record_reader.h"
#include "extension/session/connection.h"
#include "temporal/value.h"

namespace spectradb::extension::copy {

struct TargetColumn {
  std::string name;
  std::string declared_type;
  temporal::Affinity affinity = temporal::Affinity::kBlob;
  bool is_generated = false;
};

struct CopyTarget {
  std::string schema;
  std::string table;
  std::vector<TargetColumn> columns;   // the file's in its order, or all where the file names them
  std::string insert;                  // has a parameter for each column
  std::vector<std::string> generated;  // the table's columns that no file gives
};

// Finds the target; kInvalid where the table or a column of the statement does not exist.
Result<CopyTarget> find_target(Connection& connection, const CopyStatement& statement);

// Returns the columns that SELECT * shows, generated ones among them.
Result<std::vector<TargetColumn>> columns_of(Connection& connection, const std::string& schema,
                                             const std::string& table);

// is_blob_column() says whether texts like \x0102 become bytes in the column, and take_bytes() reads them.
bool is_blob_column(const TargetColumn& column);
bool take_bytes(std::string_view text, std::string& bytes);

// Returns what is wrong with a name of the file that is none of the target's columns.
std::string problem_of_name(const CopyTarget& target, const std::string& name);

// Makes of a text what the column holds; false where that is a number, and the text is none. `made` has the
// bytes of a value that differs from the file's.
bool convert_cell(const TargetColumn& column, temporal::Value& value, std::string& made);

// kInvalid where the names of a header are not those of the target's columns.
Status check_header_names(const CopyTarget& target, const Record& header);
// Returns as much of a line as a message quotes.
std::string shortened(std::string_view text);

// Returns the columns that the statement names, or those of COPY TO without a list: all that SELECT * shows,
// without generated ones; none where these are all. kInvalid where it names a generated one.
Result<std::vector<std::string>> columns_to_write(Connection& connection, const std::string& schema,
                                                  const CopyStatement& statement);

// kInvalid where the statement names a column that the table or view has not.
Status check_columns(Connection& connection, const std::string& schema, const CopyStatement& statement);

// Returns the schema in which the table is found. kInvalid where no schema has it.
Result<std::string> schema_of_table(Connection& connection, const CopyStatement& statement);

}  // namespace spectradb::extension::copy
