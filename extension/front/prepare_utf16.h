// Text in UTF-16 into prepared statements: sqlite3_prepare16_v2() and its kin.
#pragma once

#include "extension/front/prepare.h"

namespace spectradb::extension {

// Does what sqlite3_prepare16_v3() does, through prepare_temporal(): SQLite, too, converts such a text to
// UTF-8.
int prepare_utf16(PrepareV3 original, sqlite3* db, const void* sql, int bytes, unsigned int flags,
                  sqlite3_stmt** out, const void** tail);

}  // namespace spectradb::extension
