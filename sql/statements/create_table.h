// CREATE TABLE in its two temporal forms, as the CREATE VIRTUAL TABLE that they stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/statements/statement_form.h"

namespace spectradb::sql {

//   CREATE TABLE name (pk TEXT PRIMARY KEY)                                     a document table
//   CREATE TABLE name (columns) WITH SYSTEM VERSIONING [(option = value, …)]    a typed table
//   … WITH SYSTEM VERSIONING WITH (option = value, …)                           the same
//
// kInvalid for a temporal form that cannot be built.
//
// Every other CREATE TABLE name (columns) makes a typed table, too, where it continues a temporal table of
// that name which the open transaction dropped.
extern const StatementForm kCreateTableForm;

// Whether this CREATE TABLE text is a document table's first form, which a host without the prepare hook
// turns into an ordinary table.
bool is_document_text(std::string_view create_table);

// Returns what stands in the parentheses behind the name, in a CREATE TABLE text as SQLite keeps it.
std::optional<std::string> column_list(std::string_view create_table);

// Returns the options of a table that continues another one with these options, itself with a rowid or without.
std::string options_of_successor(std::string_view options, bool is_without_rowid);

}  // namespace spectradb::sql
