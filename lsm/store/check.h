// Reads a whole store and says what is wrong with it: every checksum, the order of versions in blocks, files,
// levels and runs, filters, bounds, counts and shards, the manifest against the files, and the frames of the
// log up to the last commit. Changes nothing; the store may be open and written to meanwhile, here or in
// another process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lsm/store/store.h"

namespace spectradb::lsm {

inline constexpr size_t kMaxProblems = 100;  // that are listed; the last line says when there are more

// One sentence for each problem, naming the file and, where it can be told, the place in it. Empty: all is
// well. A failure when the coordinator cannot say what is committed, and kInterrupted: before each block it is asked
// whether to stop.
Result<std::vector<std::string>> check_store(const StoreOptions& options,
                                             const Store::AskCommitted& ask_committed,
                                             const std::function<bool()>& is_interrupted = {});

void shorten(std::vector<std::string>* problems);  // to as many as are listed

}  // namespace spectradb::lsm
