#include "extension/facets/memory/recall.h"

#include "extension/access/gate.h"
#include "extension/facets/memory/memory_tables.h"
#include "extension/facets/search/retrieval.h"
#include "extension/host/numbers.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kRecallName = "spectradb_recall";

enum RecallColumn : int {
  kRecalledNamespace,
  kRecalledKey,
  kRecalledValue,
  kRecalledScore,
  kRecalledTextRank,
  kRecalledVectorRank,
  kRecalledAge,
  kRecalledTokens,
  kRecalledKind,
  kRecalledSource,
  kRecalledFrom,
  kRecalledTo,
  kRecalledCommit,
  kTableOfRecall,
  kTextOfRecall,
  kVectorOfRecall,
  kNamespaceOfRecall,
  kCountOfRecall,
  kHalfLifeOfRecall,
  kBudgetOfRecall,
  kAsOfOfRecall,
  kValidAtOfRecall,
  kPlaceOfRecalled,
};
constexpr int kArgumentsOfRecall = kPlaceOfRecalled - kTableOfRecall;
constexpr const char* kDeclarationOfRecall =
    "CREATE TABLE x(ns TEXT, key TEXT, value TEXT, score REAL, text_rank INTEGER, vector_rank INTEGER, age "
    "REAL, "
    "tokens INTEGER, kind TEXT, source TEXT, _valid_from, _valid_to, commit_no INTEGER, of_table HIDDEN, "
    "text HIDDEN, "
    "vector HIDDEN, in_ns HIDDEN, k HIDDEN, half_life HIDDEN, budget HIDDEN, _as_of HIDDEN, _valid_at "
    "HIDDEN, _place "
    "INTEGER HIDDEN PRIMARY KEY) WITHOUT ROWID";
constexpr int64_t kDefaultCount = 10;
// Beside the words of a question. With a small sentence encoder on long conversations (bench/recall.py), a
// fifth finds more of the evidence than words alone, at all depths, and an equal weight less.
constexpr double kWeightOfVector = 0.2;
constexpr int64_t kMostRecalled = 1'000'000;

struct Recalled {
  Retrieved found;
  KeptValue value;
  KeptValue kind;
  KeptValue source;
  KeptValue from;
  KeptValue to;
  KeptValue commit;
  int64_t tokens = 0;
};

class RecallCursor final : public GatheredCursor<Recalled> {
 public:
  explicit RecallCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  Status read_rows(const Retrieval& asked, std::vector<Retrieved> found, std::optional<int64_t> budget);

  Connection& connection_;
};

Status wrong_argument(const char* what, const Value& given) {
  return Status::invalid(std::string(kRecallName) + ": " + what + ", not " + spelled(given));
}

// Returns the GLOB pattern of texts that begin so.
std::string pattern_of_beginning(std::string_view beginning) {
  std::string pattern;
  for (const char c : beginning) {
    if (c == '*' || c == '?' || c == '[') {
      pattern.append({'[', c, ']'});
    } else {
      pattern += c;
    }
  }
  return pattern + '*';
}

Status RecallCursor::filter(const FunctionArguments& arguments) {
  start_over();
  const auto argument = [&arguments](int column) { return arguments.value(column - kTableOfRecall); };
  if (argument(kTableOfRecall).is_null())
    return Status::invalid(
        "spectradb_recall needs a table that spectradb_memory() has made: "
        "spectradb_recall('mem', 'where does she live?', NULL, 'u/ann/', 10)");
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(connection_, argument(kTableOfRecall), arguments.schema(), kRecallName));
  Retrieval asked;
  asked.function = kRecallName;
  asked.database = table.database;
  asked.schema = table.schema;
  asked.hidden = table.hidden;
  asked.text = KeptValue(argument(kTextOfRecall));
  asked.vector = KeptValue(argument(kVectorOfRecall));
  asked.as_of = KeptValue(argument(kAsOfOfRecall));
  asked.valid_at = KeptValue(argument(kValidAtOfRecall));
  asked.importance = "importance";
  if (!asked.text.is_null()) asked.vector_weight = kWeightOfVector;
  const Value ns = argument(kNamespaceOfRecall);
  if (!ns.is_null()) {
    if (ns.type != Value::Type::kText)
      return wrong_argument("a namespace is a text, or what it begins with", ns);
    asked.filter = "ns GLOB :ns";  // which the planner turns into a range of keys
    asked.parameters.emplace_back("ns", KeptValue(Value::text(pattern_of_beginning(ns.bytes))));
  }
  asked.count = kDefaultCount;
  if (const Value count = integral(argument(kCountOfRecall)); !count.is_null()) {
    if (count.type != Value::Type::kInteger || count.integer < 0 || count.integer > kMostRecalled)
      return wrong_argument("k is a number of facts", count);
    asked.count = count.integer;
  }
  if (const Value half_life = argument(kHalfLifeOfRecall); !half_life.is_null()) {
    const bool is_whole = half_life.type == Value::Type::kInteger;
    const double days = is_whole ? static_cast<double>(half_life.integer) : half_life.real;
    if ((!is_whole && half_life.type != Value::Type::kReal) || !(days > 0))
      return wrong_argument("the half-life is a number of days above 0", half_life);
    asked.half_life = days;
  }
  std::optional<int64_t> budget;
  if (const Value given = integral(argument(kBudgetOfRecall)); !given.is_null()) {
    if (given.type != Value::Type::kInteger || given.integer < 0)
      return wrong_argument("the budget is a number of tokens, 0 or more", given);
    budget = given.integer;
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<Retrieved> found, retrieve(asked, true));
  return read_rows(asked, std::move(found), budget);
}

// Returns the contents of facts, up to the first one that exceeds the budget.
Status RecallCursor::read_rows(const Retrieval& asked, std::vector<Retrieved> found,
                               std::optional<int64_t> budget) {
  std::string text = "SELECT value, kind, source, _valid_from, _valid_to, _system_from FROM " +
                     asked.database->qualified(asked.schema.name) + " WHERE ns = ?1 AND key = ?2";
  if (!asked.as_of.is_null()) text += " AND _as_of = ?3";
  if (!asked.valid_at.is_null()) text += " AND _valid_at = ?4";
  SPECTRADB_RETURN_IF_ERROR(ask_for_statement(connection_.handle(), text));
  Query query(connection_.handle(), text, Author::kUsForUser);
  SPECTRADB_RETURN_IF_ERROR(query.prepare());
  int64_t spent = 0;
  for (Retrieved& one : found) {
    constexpr size_t kKeyColumns = 2;
    if (one.key.size() != kKeyColumns)
      return Status::invalid(std::string(kRecallName) + ": table " + asked.schema.name +
                             " is none that spectradb_memory() has made");
    query.bind(1, one.key[0].get()).bind(2, one.key[1].get());
    if (!asked.as_of.is_null()) query.bind(3, asked.as_of.get());
    if (!asked.valid_at.is_null()) query.bind(4, asked.valid_at.get());
    const QueryScope scope(query);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, query.step());
    if (!is_row) continue;
    const auto at = [&query](int column) {
      return KeptValue(from_sqlite(sqlite3_column_value(query.statement(), column)));
    };
    Recalled row{std::move(one), at(0), at(1), at(2), at(3), at(4), at(5), estimated_tokens(query.text(0))};
    spent += row.tokens;
    if (budget && spent > *budget) return Status::ok();
    rows().push_back(std::move(row));
  }
  return Status::ok();
}

Status RecallCursor::column(sqlite3_context* context, int index) {
  const Recalled& row = current();
  switch (index) {
    case kRecalledNamespace:
    case kRecalledKey:
      give(context, row.found.key[static_cast<size_t>(index)].get());
      break;
    case kRecalledValue:
      give(context, row.value.get());
      break;
    case kRecalledScore:
      sqlite3_result_double(context, row.found.score);
      break;
    case kRecalledTextRank:
      if (row.found.text_rank) sqlite3_result_int64(context, *row.found.text_rank);
      break;
    case kRecalledVectorRank:
      if (row.found.vector_rank) sqlite3_result_int64(context, *row.found.vector_rank);
      break;
    case kRecalledAge:
      if (row.found.age) sqlite3_result_double(context, *row.found.age);
      break;
    case kRecalledTokens:
      sqlite3_result_int64(context, row.tokens);
      break;
    case kRecalledKind:
      give(context, row.kind.get());
      break;
    case kRecalledSource:
      give(context, row.source.get());
      break;
    case kRecalledFrom:
      give(context, row.from.get());
      break;
    case kRecalledTo:
      give(context, row.to.get());
      break;
    case kRecalledCommit:
      give(context, row.commit.get());
      break;
    case kPlaceOfRecalled:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
      break;
    default:
      return give_argument(context, index - kTableOfRecall);
  }
  return Status::ok();
}

void plan_recall(FunctionPlanner& planner) {
  constexpr double kCostOfRecall = 1e5;
  planner.answer(kCostOfRecall, kDefaultCount, 0);
}

std::unique_ptr<FunctionCursor> open_recall(Connection& connection) {
  return std::make_unique<RecallCursor>(connection);
}

}  // namespace

constexpr TableFunction kRecall{
    kRecallName, kDeclarationOfRecall, kTableOfRecall, kArgumentsOfRecall, plan_recall, open_recall, true};

}  // namespace spectradb::extension
