// REFERENCES in the text of a CREATE TABLE, of its columns or of a column that is added: which tables it
// names, and how to rename them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sql/shape/catalog.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

// `rename` returns the new name of a table, or nothing to leave it. Returns the text unchanged where nothing
// is renamed.
using RenameParent = std::function<std::optional<std::string>(const std::string& table)>;
std::string with_parents(std::string_view text, const RenameParent& rename);

// Whether a REFERENCES names a temporal table of the schema.
bool references_temporal(const Reader& reader, Span span, const std::string& schema, Catalog& catalog);

}  // namespace spectradb::sql
