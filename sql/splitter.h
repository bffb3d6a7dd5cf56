// Where the first statement of a text ends: at its ';', but not at those inside the body of a CREATE TRIGGER.
#pragma once

#include "sql/reader.h"

namespace spectradb::sql {

// The tokens of the first statement that starts at token `begin`, without its ';'. `end` is the index of the ';' or the
// number of tokens.
Span first_statement(const Reader& reader, size_t begin);

// Whether the statement is CREATE [TEMP] TRIGGER; then `body` are the tokens between BEGIN and the last END.
bool is_trigger(const Reader& reader, Span statement, Span* body);

}  // namespace spectradb::sql
