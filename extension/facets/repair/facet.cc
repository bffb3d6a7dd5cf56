// spectradb_repair(way [, token [, schema]]): ways forward where a database and its store do not end at the same
// commit, where a wrong clock made times of commits, and where somebody has edited our own tables. Without a token it
// says what would be done and gives one; with it, that is done. NULL without temporal tables.
#include "extension/facet/facet.h"

#include <optional>
#include <string>

#include "extension/access/read_only.h"
#include "extension/facets/repair/clock_repair.h"
#include "extension/facets/repair/reference_repair.h"
#include "extension/facets/repair/row_repair.h"
#include "extension/facets/repair/seal_repair.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/table/temporal_tables.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

namespace {

constexpr const char* kRepairName = "spectradb_repair";

using Token = std::optional<std::string>;

struct RepairWay {
  std::string_view name;
  Result<lsm::RepairPlan> (*repair)(Database& database, const Token& token);
};
constexpr RepairWay kWays[] = {
    {"rewind",
     [](Database& database, const Token& token) { return database.repair(lsm::Repair::kRewind, token); }},
    {"recover",
     [](Database& database, const Token& token) { return database.repair(lsm::Repair::kRecover, token); }},
    {"clock", repair_clock},
    {"rows", repair_rows},
    {"seal", repair_seal},
    {"references", repair_references}};

Result<RepairWay> way_of_argument(const temporal::Value& name) {
  for (const RepairWay& way : kWays) {
    if (name.type == temporal::Value::Type::kText && name.bytes == way.name) return way;
  }
  return Status::invalid(
      "spectradb_repair takes 'rewind' (the store goes back to the database's last commit), 'recover' "
      "(commits that were set aside come back), 'clock' (times that a wrong clock made are mended), 'rows' "
      "(rows of ours that somebody has removed or changed are mended from the store), 'seal' "
      "(what somebody has changed in our own tables is accepted) or 'references' (what SQLite keeps for "
      "foreign keys "
      "is made anew), not " +
      spelled(name));
}

Result<Token> token_of_argument(const temporal::Value& token) {
  if (token.is_null()) return Token();
  if (token.type == temporal::Value::Type::kText) return std::optional(std::string(token.bytes));
  return Status::invalid("spectradb_repair takes the token of its plan as text, not " + spelled(token));
}

Status repair(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const RepairWay way, way_of_argument(from_sqlite(call.arguments[0])));
  SPECTRADB_ASSIGN_OR_RETURN(Token token, token_of_argument(call.count > 1 ? from_sqlite(call.arguments[1])
                                                                           : temporal::Value::null()));
  SPECTRADB_ASSIGN_OR_RETURN(
      std::string schema,
      schema_of_argument(call.connection, call.count > 2 ? call.arguments[2] : nullptr, kRepairName));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, schema, "spectradb_repair()"));
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::RepairPlan plan,
                             way.repair(*call.connection.database(schema), token));
  if (plan.text.empty()) return Status::ok();
  std::string text = plan.text;
  if (!plan.token.empty()) {
    text += "; SELECT spectradb_repair('" + std::string(way.name) + "', '" + plan.token + "'" +
            (schema == "main" ? "" : ", '" + schema + "'") + ") does it";
  }
  sqlite3_result_text64(call.context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

constexpr Function kRepairFunctions[] = {{kRepairName, 1, SQLITE_DIRECTONLY, repair},
                                         {kRepairName, 2, SQLITE_DIRECTONLY, repair},
                                         {kRepairName, 3, SQLITE_DIRECTONLY, repair}};

constexpr Help kRepairHelp[] = {
    {kRepairName, Help::Kind::kFunction,
     "spectradb_repair('rewind' | 'recover' | 'clock' | 'rows' | 'seal' | 'references' [, token [, schema]])",
     "Says how a store goes back to the last commit of an older database, gets back what "
     "was set aside, how times that a wrong clock made are mended, or what somebody has changed in "
     "SpectraDB's own tables is mended from the store or accepted, and gives a token; with the token it is "
     "done.",
     "SELECT spectradb_repair('rewind');"}};

}  // namespace

const Facet& facet_repair() {
  static constexpr Facet kFacet{.name = "repair", .functions = kRepairFunctions, .help = kRepairHelp};
  return kFacet;
}

}  // namespace spectradb::extension
