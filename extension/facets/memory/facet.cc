// Agents get a memory: two plain temporal tables, and the functions that SQL lacks to use them as one.
#include "extension/facet/facet.h"

#include "extension/facets/memory/memory_tables.h"
#include "extension/facets/memory/recall.h"
#include "extension/facets/memory/window.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kMemoryHelp[] = {
    {"spectradb_memory", kFunction, "spectradb_memory(table)",
     "Makes a temporal table for what an agent remembers, and one for messages, unless they are there.",
     "SELECT spectradb_memory('mem'); INSERT INTO mem (ns, key, value, source) VALUES ('u/ann', 'city', 'She "
     "lives in "
     "Oslo', 's1:3'); INSERT INTO mem_message (ns, session, seq, role, content) VALUES ('u/ann', 's1', 1, "
     "'user', "
     "'Hello');"},
    {"spectradb_tokens", kFunction, "spectradb_tokens(text)",
     "About how many tokens a language model makes of a text: four characters each, one of each wide one. An "
     "estimate.",
     "SELECT spectradb_tokens('How are you today?');"},
    {"spectradb_decay", kFunction, "spectradb_decay(age, half_life)",
     "What is left of 1 after an age, where half is left after each half-life: 0.5 to the power of "
     "age/half_life.",
     "SELECT spectradb_decay(60, 30);"},
    {"spectradb_prefix", kFunction, "spectradb_prefix(text, beginning)",
     "Whether a text begins so, letter by letter.", "SELECT key FROM mem WHERE spectradb_prefix(ns, 'u/');"},
    {"spectradb_recall", kTable,
     "spectradb_recall(table, text, vector [, ns [, k [, half_life [, budget]]]])",
     "What a memory knows, the best first: facts that the words of a text and a vector find, times their "
     "importance, "
     "halved with each half-life (in days) of age, as many as a budget of tokens has room for.",
     "SELECT key, value, commit_no FROM spectradb_recall('mem', 'where does she live', NULL, 'u/', 5);"},
    {"spectradb_window", kTable, "spectradb_window(table, session, budget [, ns])",
     "The messages of a session that a budget of tokens has room for, in their order: those of role system, "
     "and the "
     "newest.",
     "SELECT seq, role, content FROM spectradb_window('mem', 's1', 800);"},
};

constexpr const TableFunction* kMemoryTables[] = {&kRecall, &kWindow};

}  // namespace

const Facet& facet_memory() {
  static const Facet facet{.name = "memory",
                           .functions = memory_functions(),
                           .table_functions = kMemoryTables,
                           .help = kMemoryHelp};
  return facet;
}

}  // namespace spectradb::extension
