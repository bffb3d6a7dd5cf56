// The table that rows are copied into, and the statement that takes them. One thread.
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
  std::vector<TargetColumn> columns;  // of the file, in its order, or of all where the file names them
  std::string insert;                 // with a parameter for each of them
};

// kInvalid where the table or a column of the statement does not exist.
Result<CopyTarget> find_target(Connection& connection, const CopyStatement& statement);

// Returns the columns that SELECT * shows.
Result<std::vector<TargetColumn>> columns_of(Connection& connection, const std::string& schema,
                                             const std::string& table);

// Whether \x0102 is read as bytes there, and those bytes.
bool is_blob_column(const TargetColumn& column);
bool take_bytes(std::string_view text, std::string& bytes);

// Returns the schema in which the table is found. kInvalid where no schema has it.
Result<std::string> schema_of_table(Connection& connection, const CopyStatement& statement);

}  // namespace spectradb::extension::copy
