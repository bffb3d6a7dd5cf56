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

// Returns one sentence for each problem, which names the file and, where it is known, the place in it.
// Empty: all is well. Fails when the coordinator cannot say what is committed; fails with kInterrupted
// when `is_interrupted`, asked before each block, returns true.
Result<std::vector<std::string>> check_store(const StoreOptions& options,
                                             const Store::AskCommitted& ask_committed,
                                             const std::function<bool()>& is_interrupted = {});

void shorten(std::vector<std::string>* problems);  // to kMaxProblems

}  // namespace spectradb::lsm
