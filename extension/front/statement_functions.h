// The functions that RETURNING and ON CONFLICT DO UPDATE on temporal tables are rewritten to: they run a
// statement inside another one. Also the table that RETURNING passes its rows through.
#pragma once

#include <span>

#include "extension/facet/function.h"

namespace spectradb::extension {

struct Module;

std::span<const Function> statement_functions();
std::span<const Module> statement_modules();

}  // namespace spectradb::extension
