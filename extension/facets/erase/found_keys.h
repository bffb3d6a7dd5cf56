// The keys of rows for which a condition of the user's holds.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::erase {

// Of rows with any version, at any system and valid time, that fulfils the condition. Each once.
Result<std::vector<std::string>> keys_where(const TemporalTable& table, const std::string& condition);

// The keys of all rows of these subjects (temporal/subject_keys.h), at any time.
Result<std::vector<std::string>> keys_of_subjects(const std::shared_ptr<Database>& database,
                                                  const std::set<std::string>& subjects);

}  // namespace spectradb::extension::erase
