// Reads the further options of a retrieval from a JSON object. Used by the thread that uses the connection.
#pragma once

#include "extension/facets/search/retrieval.h"

namespace spectradb::extension {

// Reads the options; kInvalid names one that is wrong or unknown.
Status read_retrieval_options(sqlite3* db, const temporal::Value& json, Retrieval* asked);

}  // namespace spectradb::extension
