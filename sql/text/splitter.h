// Finds the end of the first statement of a text: its ';', but not one inside the body of a CREATE TRIGGER.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sql/text/reader.h"

namespace spectradb::sql {

struct Statement {
  // Without ';' and without the ones in front, which SQLite skips, too; empty: only blanks.
  std::vector<Token> tokens;
  size_t consumed =
      0;  // offset behind the ';', or the end of the text: where sqlite3_prepare_v2's tail points
};

// Reads no further than the first statement's ';'.
Statement first_statement(std::string_view sql);

// Whether the statement is CREATE [TEMP] TRIGGER; then `body` are the tokens between BEGIN and the last END.
bool is_trigger(const Reader& reader, Span statement, Span* body);

}  // namespace spectradb::sql
