// spectradb_revert(commit [, table [, force [, schema]]]) puts back what a commit changed, in a commit of
// its own.
#pragma once

#include "base/status.h"
#include "extension/facet/function.h"

namespace spectradb::extension::undo {

Status revert(const FunctionCall& call);

}  // namespace spectradb::extension::undo
