// Registers who follows the changes of a database, and how far each has come.
#include "extension/facet/facet.h"

#include "extension/facets/feed/consumer.h"
#include "extension/facets/feed/schema_events.h"
#include "extension/facets/feed/wait.h"

namespace spectradb::extension {

namespace {

constexpr Function kFeedFunctions[] = {{feed::kConsumer, 1, SQLITE_DIRECTONLY, feed::consumer},
                                       {feed::kConsumer, 2, SQLITE_DIRECTONLY, feed::consumer},
                                       {feed::kConsumer, 3, SQLITE_DIRECTONLY, feed::consumer},
                                       {.name = feed::kWait,
                                        .argument_count = 2,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = feed::wait,
                                        .effect = Function::Effect::kOther},
                                       {.name = feed::kWait,
                                        .argument_count = 3,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = feed::wait,
                                        .effect = Function::Effect::kOther}};

constexpr Help kFeedHelp[] = {
    {feed::kConsumer, Help::Kind::kFunction, "spectradb_consumer(name [, cursor [, schema]])",
     "How far a consumer of changes came, as a cursor for spectradb_changes; with a cursor or a commit, that "
     "it came so "
     "far, in the open transaction. NULL forgets it.",
     "SELECT spectradb_consumer('mailer', spectradb_commit());"},
    {feed::kConsumers, Help::Kind::kTable, "spectradb_consumers([schema])",
     "The consumers of changes: name, cursor, when it was acknowledged, and how many commits there were "
     "since.",
     "SELECT name, behind FROM spectradb_consumers;"},
    {feed::kSchemaChanges, Help::Kind::kTable, "spectradb_schema_changes([since [, schema]])",
     "What became of the definitions of temporal tables since the first consumer: each change with the "
     "number of "
     "the commit whose facts it comes before.",
     "SELECT commit_no, operation, table_name FROM spectradb_schema_changes;"},
    {feed::kWait, Help::Kind::kFunction, "spectradb_wait(since, seconds [, schema])",
     "Waits until there is a commit behind `since` (a cursor or a number; NULL: behind the present one) and "
     "returns the last one; NULL after so many seconds.",
     "SELECT spectradb_wait(NULL, 0);"},
};

constexpr MakeCommitPart kSchemaParts[] = {feed::make_schema_events};

}  // namespace

const Facet& facet_feed() {
  static const TableFunction* const tables[] = {&feed::kConsumersTable, &feed::kSchemaChangesTable};
  static const Facet facet{.name = "feed",
                           .functions = kFeedFunctions,
                           .table_functions = tables,
                           .help = kFeedHelp,
                           .commit_parts = kSchemaParts};
  return facet;
}

}  // namespace spectradb::extension
