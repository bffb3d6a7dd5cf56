// Experiments have four plain temporal tables, for runs, metrics, outputs and prompts, and a function that
// compares runs.
#include "extension/facet/facet.h"

#include "extension/access/read_only.h"
#include "extension/facets/experiments/compare.h"
#include "extension/front/plain_sql.h"
#include "extension/host/query.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kExperimentsName = "spectradb_experiments";

// The keys in JSON are those of OpenTelemetry's conventions for generative AI; `conventions` gives their
// version.
struct ExperimentTable {
  const char* suffix;
  const char* columns;
};
constexpr ExperimentTable kExperimentTables[] = {
    {"_run",
     "id TEXT NOT NULL PRIMARY KEY, experiment TEXT, name TEXT, status TEXT, parent TEXT, params TEXT, tags "
     "TEXT, "
     "dataset TEXT, dataset_commit INTEGER, conventions TEXT DEFAULT '1.37.0'"},
    {"_metric",
     "run TEXT NOT NULL, key TEXT NOT NULL, step INTEGER NOT NULL DEFAULT 0, value REAL, PRIMARY KEY (run, "
     "key, step)"},
    {"_output",
     "run TEXT NOT NULL, item TEXT NOT NULL, input TEXT, output TEXT, scores TEXT, usage TEXT, PRIMARY KEY "
     "(run, item)"},
    {"_prompt", "name TEXT NOT NULL PRIMARY KEY, text TEXT, model TEXT"},
};

Status experiments(const FunctionCall& call) {
  const Value given = from_sqlite(call.arguments[0]);
  if (given.type == Value::Type::kText && given.bytes.find('.') != std::string_view::npos)
    return Status::invalid("spectradb_experiments makes its tables in main, by names without a dot, not " +
                           spelled(given));
  if (given.type != Value::Type::kText || given.bytes.empty())
    return Status::invalid(
        "spectradb_experiments takes what the names of its tables begin with, as in "
        "spectradb_experiments('x'), not " +
        spelled(given));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, "main", "spectradb_experiments()"));
  sqlite3* const db = call.connection.handle();
  for (const ExperimentTable& table : kExperimentTables) {
    const std::string name = std::string(given.bytes) + table.suffix;
    Query is_there(db, "SELECT 1 FROM main.sqlite_master WHERE name = ?1 COLLATE NOCASE");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, is_there.bind(1, std::string_view(name)).step());
    if (is_row) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const std::string text,
                               plain_sql(call.connection, "CREATE TABLE main." + quoted(name) + " (" +
                                                              table.columns + ") WITH SYSTEM VERSIONING"));
    SPECTRADB_RETURN_IF_ERROR(execute(db, text));
  }
  give(call.context, given);
  return Status::ok();
}

constexpr Function kExperimentsFunctions[] = {{kExperimentsName, 1, SQLITE_DIRECTONLY, experiments}};
constexpr const TableFunction* kExperimentsTables[] = {&kCompare};

using enum Help::Kind;
constexpr Help kExperimentsHelp[] = {
    {kExperimentsName, kFunction, "spectradb_experiments(name)",
     "Makes the temporal tables name_run, name_metric, name_output and name_prompt, unless they are there.",
     "SELECT spectradb_experiments('x'); INSERT INTO x_output (run, item, output, scores) VALUES ('r1', "
     "'q1', 'yes', "
     "'{\"exact\": 0}'), ('r2', 'q1', 'no', '{\"exact\": 1}');"},
    {"spectradb_compare", kTable, "spectradb_compare(table, key_column, a, b [, as_of_a [, as_of_b]])",
     "In what the rows of two values of a column differ, or those of one value at two times, JSON path by "
     "path, with "
     "the differences of numbers.",
     "SELECT item, path, a, b, delta FROM spectradb_compare('x_output', 'run', 'r1', 'r2');"},
};

}  // namespace

const Facet& facet_experiments() {
  static constexpr Facet kFacet{.name = "experiments",
                                .functions = kExperimentsFunctions,
                                .table_functions = kExperimentsTables,
                                .help = kExperimentsHelp};
  return kFacet;
}

}  // namespace spectradb::extension
