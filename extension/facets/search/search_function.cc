#include "extension/facets/search/search_function.h"

#include "extension/facets/search/retrieval.h"
#include "extension/facets/search/retrieval_options.h"
#include "extension/host/numbers.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kSearchName = "spectradb_search";

enum SearchColumn : int {
  kFoundKey,
  kFoundScore,
  kTextRank,
  kVectorRank,
  kFoundDistance,
  kFoundSnippet,
  kTableOfSearch,
  kTextOfSearch,
  kVectorOfSearch,
  kCountOfSearch,
  kOptionsOfSearch,
  kAsOfOfSearch,
  kValidAtOfSearch,
  kPlaceOfFound,
};
constexpr int kArgumentsOfSearch = 7;
constexpr const char* kDeclarationOfSearch =
    "CREATE TABLE x(key, score REAL, text_rank INTEGER, vector_rank INTEGER, distance REAL, snippet TEXT, "
    "of_table HIDDEN, text HIDDEN, vector HIDDEN, k HIDDEN, options HIDDEN, _as_of HIDDEN, _valid_at HIDDEN, "
    "_place INTEGER HIDDEN PRIMARY KEY) WITHOUT ROWID";
constexpr int64_t kMostRows = 1'000'000;

class SearchCursor final : public GatheredCursor<Retrieved> {
 public:
  explicit SearchCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  Status give_key(sqlite3_context* context, const Retrieved& row);

  Connection& connection_;
};

Status SearchCursor::filter(const FunctionArguments& arguments) {
  start_over();
  const auto argument = [&arguments](int place) { return arguments.value(place); };
  if (argument(0).is_null() || argument(3).is_null())
    return Status::invalid(
        "spectradb_search needs a table, a text or a vector, and a number of rows: spectradb_search('notes', "
        "'whales', NULL, 10)");
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table,
                             find_temporal_table(connection_, argument(0), arguments.schema(), kSearchName));
  Retrieval asked;
  asked.function = kSearchName;
  asked.database = table.database;
  asked.schema = table.schema;
  asked.hidden = table.hidden;
  asked.text = KeptValue(argument(1));
  asked.vector = KeptValue(argument(2));
  const Value count = integral(argument(3));
  if (count.type != Value::Type::kInteger || count.integer < 0 || count.integer > kMostRows)
    return Status::invalid(std::string(kSearchName) + ": k is a number of rows, not " + spelled(count));
  asked.count = count.integer;
  asked.wants_snippets = true;
  SPECTRADB_RETURN_IF_ERROR(read_retrieval_options(connection_.handle(), argument(4), &asked));
  if ((!argument(5).is_null() && !asked.as_of.is_null()) ||
      (!argument(6).is_null() && !asked.valid_at.is_null()))
    return Status::invalid(std::string(kSearchName) +
                           " is given a time twice: by AS OF or VALID AT, and by its options");
  if (!argument(5).is_null()) asked.as_of = KeptValue(argument(5));
  if (!argument(6).is_null()) asked.valid_at = KeptValue(argument(6));
  SPECTRADB_ASSIGN_OR_RETURN(rows(), retrieve(asked, false));
  return Status::ok();
}

// Gives a key of one column as it is, and one of several as a JSON array.
Status SearchCursor::give_key(sqlite3_context* context, const Retrieved& row) {
  if (row.key.size() == 1) {
    give(context, row.key.front().get());
    return Status::ok();
  }
  std::string text = "SELECT json_array(";
  for (size_t i = 0; i < row.key.size(); ++i) text += (i == 0 ? "?" : ", ?") + std::to_string(i + 1);
  Query array(connection_.handle(), text + ")");
  for (size_t i = 0; i < row.key.size(); ++i) array.bind(static_cast<int>(i) + 1, row.key[i].get());
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, array.step());
  if (is_row) sqlite3_result_value(context, sqlite3_column_value(array.statement(), 0));
  return Status::ok();
}

Status SearchCursor::column(sqlite3_context* context, int index) {
  const Retrieved& row = current();
  switch (index) {
    case kFoundKey:
      return give_key(context, row);
    case kFoundScore:
      sqlite3_result_double(context, row.score);
      break;
    case kTextRank:
      if (row.text_rank) sqlite3_result_int64(context, *row.text_rank);
      break;
    case kVectorRank:
      if (row.vector_rank) sqlite3_result_int64(context, *row.vector_rank);
      break;
    case kFoundDistance:
      if (row.distance) sqlite3_result_double(context, *row.distance);
      break;
    case kFoundSnippet:
      if (row.snippet) give(context, Value::text(*row.snippet));
      break;
    case kPlaceOfFound:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
      break;
    default:
      return give_argument(context, index - kTableOfSearch);
  }
  return Status::ok();
}

void plan_search(FunctionPlanner& planner) {
  constexpr double kCostOfSearch = 1e5;
  constexpr int64_t kRowsAtAGuess = 10;
  planner.answer(kCostOfSearch, kRowsAtAGuess, 0);
}

std::unique_ptr<FunctionCursor> open_search(Connection& connection) {
  return std::make_unique<SearchCursor>(connection);
}

}  // namespace

constexpr TableFunction kSearch{
    kSearchName, kDeclarationOfSearch, kTableOfSearch, kArgumentsOfSearch, plan_search, open_search, true};

}  // namespace spectradb::extension
