// A ledger that proves itself: each commit has an entry that hashes its facts, time and notes, chained to the one before.
#include "extension/facet/facet.h"

#include "extension/facets/ledger/audit.h"
#include "extension/facets/ledger/ledger_functions.h"
#include "extension/facets/ledger/ledger_part.h"
#include "extension/facets/ledger/required_notes.h"

namespace spectradb::extension {

namespace {

constexpr Function kLedgerFunctions[] = {{ledger::kLedger, 0, SQLITE_DIRECTONLY, ledger::ledger},
                                         {.name = ledger::kLedger,
                                          .argument_count = 1,
                                          .flags = SQLITE_DIRECTONLY,
                                          .call = ledger::ledger,
                                          .effect = Function::Effect::kOther},
                                         {.name = ledger::kLedger,
                                          .argument_count = 2,
                                          .flags = SQLITE_DIRECTONLY,
                                          .call = ledger::ledger,
                                          .effect = Function::Effect::kOther},
                                         {ledger::kDigest, 0, SQLITE_DIRECTONLY, ledger::digest},
                                         {ledger::kDigest, 1, SQLITE_DIRECTONLY, ledger::digest},
                                         {ledger::kDigest, 2, SQLITE_DIRECTONLY, ledger::digest},
                                         {ledger::kVerify, 0, SQLITE_DIRECTONLY, ledger::verify_ledger},
                                         {ledger::kVerify, 1, SQLITE_DIRECTONLY, ledger::verify_ledger},
                                         {ledger::kVerify, 2, SQLITE_DIRECTONLY, ledger::verify_ledger},
                                         {ledger::kProof, 2, SQLITE_DIRECTONLY, ledger::proof},
                                         {ledger::kProof, 3, SQLITE_DIRECTONLY, ledger::proof},
                                         {ledger::kConsistency, 1, SQLITE_DIRECTONLY, ledger::consistency},
                                         {ledger::kConsistency, 2, SQLITE_DIRECTONLY, ledger::consistency},
                                         {ledger::kConsistency, 3, SQLITE_DIRECTONLY, ledger::consistency},
                                         {.name = ledger::kRequireNotes,
                                          .argument_count = -1,
                                          .flags = SQLITE_DIRECTONLY,
                                          .call = ledger::require_notes,
                                          .effect = Function::Effect::kOther}};

constexpr Help kLedgerHelp[] = {
    {ledger::kLedger, Help::Kind::kFunction, "spectradb_ledger(['on' [, schema]])",
     "Whether the database keeps a ledger, which proves its commits; 'on' makes one, for ever.",
     "SELECT spectradb_ledger('on');"},
    {ledger::kDigest, Help::Kind::kFunction, "spectradb_digest([commit [, schema]])",
     "One text that stands for the whole history up to a commit: publish it, print it, or give it to "
     "somebody else.",
     "SELECT spectradb_digest();"},
    {ledger::kVerify, Help::Kind::kFunction, "spectradb_verify([digest [, schema]])",
     "Computes the ledger again from what is stored: 'ok', or the first commit that differs and in what; "
     "with a "
     "digest, that the history up to it is the one that it was taken of.",
     "SELECT spectradb_verify();"},
    {ledger::kProof, Help::Kind::kFunction, "spectradb_proof(table, key [, commit])",
     "Proves what was last written of a key, up to a commit: JSON for tools/verify_proof.py, which needs "
     "nothing of "
     "SpectraDB.",
     "SELECT spectradb_proof('prices', 'none of these') IS NULL;"},
    {ledger::kConsistency, Help::Kind::kFunction, "spectradb_consistency(earlier [, later [, schema]])",
     "Proves that the history of the later digest is that of the earlier one and what was added: JSON, for "
     "tools/verify_proof.py, too.",
     "SELECT spectradb_consistency(spectradb_digest());"},
    {ledger::kRequireNotes, Help::Kind::kFunction, "spectradb_require_notes([name, …])",
     "The notes without which no commit of the main database is accepted, as a JSON array; names set them, "
     "NULL alone "
     "requires none.",
     "SELECT spectradb_require_notes();"},
    {ledger::kAudit, Help::Kind::kTable, "spectradb_audit(table [, from [, to [, schema]]])",
     "What became of the rows of a table in a time, for somebody who files it: who, why, before, after, "
     "whether it came "
     "late, the digest of each commit, and by which erasure a change has lost its content.",
     "SELECT commit_no, author, operation, before, after, is_late FROM spectradb_audit('prices');"}};

constexpr MakeCommitPart kLedgerParts[] = {ledger::make_ledger_part, ledger::make_required_notes};

}  // namespace

const Facet& facet_ledger() {
  static const TableFunction* const tables[] = {&ledger::kAuditTable};
  static const Facet facet{.name = "ledger",
                           .functions = kLedgerFunctions,
                           .table_functions = tables,
                           .help = kLedgerHelp,
                           .commit_parts = kLedgerParts};
  return facet;
}

}  // namespace spectradb::extension
