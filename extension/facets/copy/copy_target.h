// Finds the table that rows are copied into, and makes the statement that inserts them. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/copy/copy_statement.h"
#include "extension/session/connection.h"
#include "temporal/value.h"

namespace spectradb::extension::copy {

struct TargetColumn {
  std::string name;
  std::string declared_type;
  temporal::Affinity affinity = temporal::Affinity::kBlob;
};

struct CopyTarget {
  std::string schema;
  std::string table;
  std::vector<TargetColumn> columns;  // the file's in its order, or all where the file names them
  std::string insert;                 // has a parameter for each column
};

// Finds the target; kInvalid where the table or a column of the statement does not exist.
Result<CopyTarget> find_target(Connection& connection, const CopyStatement& statement);

// Returns the columns that SELECT * shows.
Result<std::vector<TargetColumn>> columns_of(Connection& connection, const std::string& schema,
                                             const std::string& table);

// is_blob_column() says whether texts like \x0102 become bytes in the column, and take_bytes() reads them.
bool is_blob_column(const TargetColumn& column);
bool take_bytes(std::string_view text, std::string& bytes);

// Returns the schema in which the table is found. kInvalid where no schema has it.
Result<std::string> schema_of_table(Connection& connection, const CopyStatement& statement);

}  // namespace spectradb::extension::copy
