// Makes indexes on the elements of JSON arrays:
//
//   CREATE INDEX by_tag ON notes (json_each(doc, '$.tags'));
//   SELECT * FROM notes AS OF 12 WHERE spectradb_has(doc, '$.tags', 'urgent');
//
// The elements are what SQLite's own json_each() gives, values of any type; they are compared without
// affinity.
#include "extension/facet/facet.h"

#include "extension/facets/json_elements/element_maker.h"
#include "extension/host/query.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

// spectradb_has(document [, path], value) says whether json_each() gives the value. The statement is kept
// as long as SQLite keeps auxiliary data for the value: for all rows where the value is a constant.
Status has(const FunctionCall& call) {
  const int value = call.count - 1;
  const char* text = call.count == 2 ? "SELECT 1 FROM json_each(?1) WHERE +value = ?2"
                                     : "SELECT 1 FROM json_each(?1, ?3) WHERE +value = ?2";
  auto* kept = static_cast<Query*>(sqlite3_get_auxdata(call.context, value));
  std::unique_ptr<Query> made;
  if (kept == nullptr) made = std::make_unique<Query>(sqlite3_context_db_handle(call.context), text);
  Query& query = kept != nullptr ? *kept : *made;
  const QueryScope scope(query);
  query.bind(1, from_sqlite(call.arguments[0])).bind(2, from_sqlite(call.arguments[value]));
  if (call.count == 3) query.bind(3, from_sqlite(call.arguments[1]));
  SPECTRADB_ASSIGN_OR_RETURN(const bool found, query.step());
  sqlite3_result_int(call.context, found ? 1 : 0);
  if (made != nullptr) {
    query.reset();
    sqlite3_set_auxdata(call.context, value, made.release(),
                        [](void* query_of_value) { delete static_cast<Query*>(query_of_value); });
  }
  return Status::ok();
}

constexpr Function kJsonElementsFunctions[] = {
    {"spectradb_has", 2, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, has},
    {"spectradb_has", 3, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, has},
};

Result<std::shared_ptr<temporal::EntryMaker>> make_maker(const IndexKind::Definition& definition) {
  return std::shared_ptr<temporal::EntryMaker>(std::make_shared<ElementMaker>(definition.connection));
}

Result<std::string> expression(std::span<const std::string> arguments) {
  if (arguments.size() == 1) return arguments[0];
  if (arguments.size() == 2) return arguments[0] + " -> " + arguments[1];
  return Status::invalid("json_each() in CREATE INDEX takes a document and a path: json_each(doc, '$.tags')");
}

constexpr IndexKind kKind{"json_each", &kJsonElementsFunctions[0], make_maker, expression};
constexpr const IndexKind* kKinds[] = {&kKind};

constexpr Help kJsonElementsHelp[] = {
    {"spectradb_has", Help::Kind::kFunction, "spectradb_has(document [, path], value)",
     "Tells whether the array at the path has the value as an element; CREATE INDEX … "
     "(json_each(document, path)) "
     "finds such rows.",
     "SELECT spectradb_has('{\"tags\": [\"a\", \"b\"]}', '$.tags', 'b');"}};

}  // namespace

const Facet& facet_json_elements() {
  static constexpr Facet kFacet{.name = "json_elements",
                                .functions = kJsonElementsFunctions,
                                .help = kJsonElementsHelp,
                                .index_kinds = kKinds};
  return kFacet;
}

}  // namespace spectradb::extension
