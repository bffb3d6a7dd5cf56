// REFERENCES in the text of a CREATE TABLE, of its columns or of a column that is added: what it names, and the same text
// with other names.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sql/shape/catalog.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

// `rename` says what shall stand in the place of a table that is named, nothing to leave it. The text as it is where
// nothing is renamed.
using RenameParent = std::function<std::optional<std::string>(const std::string& table)>;
std::string with_parents(std::string_view text, const RenameParent& rename);

// Whether any table that is named is a temporal one of the schema.
bool references_temporal(const Reader& reader, Span span, const std::string& schema, Catalog& catalog);

}  // namespace spectradb::sql
