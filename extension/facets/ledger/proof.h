// Proofs as JSON, which tools/verify_proof.py checks without any code of ours. Used by the thread that uses the connection.
//
//   {"digest": …, "table": {"name", "text", "proof": entry, "place", "count", "path"} or null,
//    "facts": [{"key", "value", "ordinal", "salt", "place", "count", "path"}], "commit": entry}
//   {…, "facts": [], "erased": [{"table_id", "leaf", "place", "count", "path",
//                              "erasure": {"surrogate", "at", "author", "reason"}}], …}      what "erasure" says is not proven
//   entry := {"record": …, "before": …, "number": …, "path": [ … ]}       bytes are hexadecimal; paths go upwards
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "extension/facets/ledger/digest.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::ledger {

// Proves what was last written of a key up to a commit; empty: nothing was. Where the store has nothing of the key, nobody
// can tell whether it was erased: then this proves what was erased of the table, as below.
Result<std::string> prove(const TemporalTable& table, const std::string& user_key,
                          std::optional<int64_t> erasure, uint64_t until);

// Proves that a commit had facts that are erased, the last commit up to `until` that had any, of one erasure or of any; at
// most 16 of them. Empty: there are none.
Result<std::string> prove_erased(const TemporalTable& table, std::optional<int64_t> erasure, uint64_t until);
// The number of the table's erasure that has a surrogate.
Result<std::optional<int64_t>> erasure_named(const TemporalTable& table, const temporal::Value& surrogate);

// Proves that the history of `later` is that of `earlier` and what was added. kInvalid, where one of them is none of this
// ledger.
Result<std::string> prove_consistency(Database& database, const Digest& earlier, const Digest& later);

// The digest of the whole ledger; entries 0: it has no entry.
Result<Digest> newest_digest(Database& database);

}  // namespace spectradb::extension::ledger
