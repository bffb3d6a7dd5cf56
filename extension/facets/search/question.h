// Makes queries for a full-text index of a question as people ask them: any of its words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "temporal/index_schema.h"

namespace spectradb::extension {

// Returns one query or two, whose rows come one after the other: what the first has found leads. Each word becomes
// a string of FTS5's language. An index whose tokenizer is porter, which stems English, is first asked without
// the English words that only tie others together, as "what is the": nearly every row has some of them. The list of
// these never changes, so that answers stay as they are.
std::vector<std::string> queries_of_question(std::string_view text, const temporal::IndexSchema& index);

}  // namespace spectradb::extension
