// A facet is one thing that users can do, in one folder: extension/facets/NAME/facet.cc defines facet_NAME().
// CMake gathers all facets into a list (objects that register themselves are lost in a static archive), and
// adding one changes no existing file. Older rooms have a facet.cc of the same kind for their functions.
//
//   // extension/facets/hello/facet.cc
//   namespace spectradb::extension {
//   static Status hello(const FunctionCall& call) { sqlite3_result_text(call.context, "hello", -1, SQLITE_STATIC); return {}; }
//   static constexpr Function kFunctions[] = {{"spectradb_hello", 0, SQLITE_INNOCUOUS, hello}};
//   static constexpr Help kHelp[] = {{"spectradb_hello", Help::Kind::kFunction, "spectradb_hello()", "Says hello.", "SELECT spectradb_hello();"}};
//   const Facet& facet_hello() { static constexpr Facet kFacet{.name = "hello", .functions = kFunctions, .help = kHelp}; return kFacet; }
//   }
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "extension/facet/column_type.h"
#include "extension/facet/commit_part.h"
#include "extension/facet/function.h"
#include "extension/facet/index_kind.h"
#include "extension/facet/module.h"
#include "sql/statements/statement_form.h"

namespace spectradb::extension {

class Connection;
struct TableFunction;

// What spectradb_help says about one public thing. A test compares the documentation with these.
struct Help {
  enum class Kind : uint8_t { kStatement, kClause, kOption, kColumn, kFunction, kAggregate, kTable };
  const char* name;
  Kind kind;
  const char* usage;    // how it is written
  const char* summary;  // one sentence, or two
  // A statement that can be run. spectradb_help shows all, by kind and then by facet. Run in that order they
  // work on an empty database: the first one makes the table `prices` that others read.
  const char* example;
};

// An eponymous table of ours that is not a table-valued function.
struct Module {
  const char* name;
  const ModuleBuilder* module;
};

struct Facet {
  const char* name;
  std::span<const Function> functions{};
  std::span<const TableFunction* const> table_functions{};
  std::span<const Module> modules{};
  std::span<const Help> help{};
  std::span<const IndexKind* const> index_kinds{};
  std::span<const ColumnType* const> column_types{};
  std::span<const sql::StatementForm* const> statement_forms{};
  std::span<const MakeCommitPart> commit_parts{};
};

// Returns all facets that were built in, in the order of their names.
std::span<const Facet* const> facets();

// Returns the forms of all facets and of sql/: what the prepare hook and spectradb_sql() rewrite.
const sql::StatementForms& statement_forms();

// Registers everything with SQLite when the extension is loaded on a connection.
Status register_facets(Connection& connection);

}  // namespace spectradb::extension
