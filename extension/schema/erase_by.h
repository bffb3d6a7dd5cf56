// What a table WITH SYSTEM VERSIONING (erase_by = column) must not have: whatever would keep values of its rows, which are
// encrypted, where they are not. Any thread.
#pragma once

#include "base/status.h"
#include "extension/schema/definition.h"

namespace spectradb::extension {

bool is_sealed(const Definition& definition);

// kInvalid names what is in the way, and what to do. Tables without the option may have anything.
Status check_erase_by(const Definition& definition);
// kInvalid for every index of such a table.
Status check_erase_by_has_no_index(const Definition& definition, std::string_view index);
// kInvalid where one of these tables is to go on with the history of the other.
Status check_erase_by_is_not_rebuilt(const Definition& before, const Definition& after);

}  // namespace spectradb::extension
