// Parses ERASE, which erases all rows that had a version, at any system and valid time, for which the
// condition holds.
//
//   ERASE FROM [schema.]table WHERE condition
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/statements/statement_form.h"

namespace spectradb::extension::erase {

struct EraseStatement {
  std::string schema;  // empty: where SQLite finds the table
  std::string table;
  std::string condition;  // as it is written
};

bool is_erase_statement(std::string_view text);  // by its first words
// kInvalid says what is wrong.
Result<EraseStatement> read_erase_statement(std::string_view text);

// ERASE becomes SELECT spectradb_erase('ERASE …').
extern const sql::StatementForm kEraseForm;

}  // namespace spectradb::extension::erase
