// The functions of the ledger. Used by the thread that uses the connection.
#pragma once

#include "extension/facet/function.h"

namespace spectradb::extension::ledger {

inline constexpr const char* kLedger = "spectradb_ledger";
inline constexpr const char* kDigest = "spectradb_digest";
inline constexpr const char* kVerify = "spectradb_verify";
inline constexpr const char* kProof = "spectradb_proof";
inline constexpr const char* kConsistency = "spectradb_consistency";

// spectradb_ledger(['on' [, schema]]) -> 'on' or 'off'. From 'on' on every commit gets an entry, for ever.
Status ledger(const FunctionCall& call);
// spectradb_digest([commit [, schema]]) -> the digest of the history up to a commit; NULL without a ledger
Status digest(const FunctionCall& call);
// spectradb_verify([digest [, schema]]) -> 'ok', or the first commit that differs; NULL without a ledger
Status verify_ledger(const FunctionCall& call);
// spectradb_proof(table, key [, commit]) -> JSON; NULL where nothing was written of the key up to the commit
Status proof(const FunctionCall& call);
// spectradb_consistency(earlier [, later [, schema]]) -> JSON
Status consistency(const FunctionCall& call);

}  // namespace spectradb::extension::ledger
