#include "extension/facets/vector_spaces/retrieval_diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "extension/access/gate.h"
#include "extension/facets/vector_spaces/current_space.h"
#include "extension/facets/vector_spaces/searched_table.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/times/system_time.h"
#include "temporal/instant.h"
#include "temporal/json.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kDiffName = "spectradb_retrieval_diff";

enum RetrievalColumn : int {
  kQuery,
  kOverlap,
  kRankShift,
  kRecallA,
  kRecallB,
  kFoundA,
  kFoundB,
  kTableOfDiff,
  kQueriesOfDiff,
  kSideA,
  kSideB,
  kCountOfDiff,
  kPlaceOfQuery,
};
constexpr int kArgumentsOfDiff = 5;
constexpr const char* kDeclarationOfDiff =
    "CREATE TABLE x(query, overlap REAL, rank_shift REAL, recall_a REAL, recall_b REAL, a TEXT, b TEXT, "
    "of_table HIDDEN, "
    "queries HIDDEN, side_a HIDDEN, side_b HIDDEN, k HIDDEN, _place INTEGER HIDDEN PRIMARY KEY) WITHOUT "
    "ROWID";

constexpr const char* kUsageOfDiff = "spectradb_retrieval_diff('t', 'queries', 'space a', 'space b', 10)";

using FoundKeys = std::vector<std::string>;  // as JSON

// One side is a space, a time, or both.
struct ComparedSide {
  std::optional<Space> space;
  std::optional<Space> time;
};

std::string spelled_of(const Space& space) { return spelled(space.value()); }

struct FoundQuery {
  Space id;
  FoundKeys a;
  FoundKeys b;
  std::optional<FoundKeys> relevant;
};

double share_of(const FoundKeys& some, const FoundKeys& all) {
  if (all.empty()) return 1;
  const auto in_some = [&some](const std::string& key) {
    return std::find(some.begin(), some.end(), key) != some.end();
  };
  return static_cast<double>(std::count_if(all.begin(), all.end(), in_some)) /
         static_cast<double>(all.size());
}

// Returns how far the ranks of the keys that both have are apart, on average; nothing if there are none.
std::optional<double> rank_shift(const FoundKeys& a, const FoundKeys& b) {
  double sum = 0;
  int count = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto other = std::find(b.begin(), b.end(), a[i]);
    if (other == b.end()) continue;
    sum += std::fabs(static_cast<double>(i) - static_cast<double>(other - b.begin()));
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

std::string json_of(const FoundKeys& keys) {
  std::string json;
  for (const std::string& key : keys) json += (json.empty() ? "" : ",") + key;
  return "[" + json + "]";
}

class RetrievalDiffCursor final : public GatheredCursor<FoundQuery> {
 public:
  explicit RetrievalDiffCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  Result<ComparedSide> read_side(const char* name, sqlite3_value* given);
  Result<ComparedSide> read_object(const char* name, const Value& text);
  Status read_queries(const std::string& queries);
  Result<FoundKeys> search(const ComparedSide& side, const Space& id);
  Result<std::optional<FoundKeys>> labels(const Value& json, const Space& id);

  Connection& connection_;
  SearchedTable table_;
  int64_t count_ = 0;
  // Holds the vector of each query in each space (an empty space where the queries name none).
  std::map<std::pair<std::string, std::string>, Space> vectors_;
  bool have_spaces_ = false;
};

// Returns what SQLite said of a text that is no JSON, with the place, which it does not say.
Status place_in_json(const std::string& what, const Value& text, const Status& said) {
  const Status why =
      text.type == Value::Type::kText ? temporal::check_json(text.bytes) : Status::invalid("it is no text");
  if (why) return said;
  return Status::invalid(std::string(kDiffName) + ": " + what + " is no JSON: " + why.message() + " of " +
                         spelled(text));
}

Result<ComparedSide> RetrievalDiffCursor::read_object(const char* name, const Value& text) {
  Query query(
      connection_.handle(),
      "SELECT json_extract(?1, '$.space'), json_extract(?1, '$.as_of'), (SELECT group_concat(key) FROM "
      "json_each(?1) WHERE key NOT IN ('space', 'as_of'))");
  query.bind(1, text);
  Result<bool> row = query.step();
  if (!row) return place_in_json(std::string("side ") + name, text, row.status());
  if (!query.is_null(2))
    return Status::invalid(std::string(kDiffName) + ": a side has 'space' and 'as_of', not '" +
                           query.text(2) + "'");
  ComparedSide side;
  const auto at = [&query](int column) {
    return Space(from_sqlite(sqlite3_column_value(query.statement(), column)));
  };
  if (!query.is_null(0)) side.space = at(0);
  if (!query.is_null(1)) side.time = at(1);
  return side;
}

// Reads a side: a commit or a time, a space, or {"space": …, "as_of": …}; NULL is the present.
Result<ComparedSide> RetrievalDiffCursor::read_side(const char* name, sqlite3_value* given) {
  const Value value = given == nullptr ? Value::null() : from_sqlite(given);
  ComparedSide side;
  if (value.is_null()) return side;
  if (value.type == Value::Type::kText && value.bytes.starts_with('{')) return read_object(name, value);
  const bool is_time = value.type == Value::Type::kInteger || value.type == Value::Type::kReal ||
                       (value.type == Value::Type::kText &&
                        temporal::parse_instant(value.bytes, connection_.statement_now()).is_ok());
  (is_time ? side.time : side.space) = Space(value);
  return side;
}

Result<std::optional<FoundKeys>> RetrievalDiffCursor::labels(const Value& json, const Space& id) {
  if (json.is_null()) return std::optional<FoundKeys>();
  FoundKeys keys;
  Query query(connection_.handle(),
              "SELECT CASE WHEN type IN ('array', 'object') THEN value ELSE json_quote(value) END FROM "
              "json_each(?1)");
  query.bind(1, json);
  for (;;) {
    const Result<bool> row = query.step();
    if (!row) return place_in_json("relevant of query " + spelled_of(id), json, row.status());
    if (!*row) return std::optional<FoundKeys>(std::move(keys));
    keys.push_back(query.text(0));
  }
}

Status RetrievalDiffCursor::read_queries(const std::string& queries) {
  std::string columns;
  bool has_vector = false;
  bool has_id = false;
  bool has_labels = false;
  have_spaces_ = false;
  Query info(connection_.handle(), "SELECT name FROM pragma_table_xinfo(?1)");
  info.bind(1, std::string_view(queries));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, info.step());
    if (!row) break;
    const std::string name = info.text(0);
    const auto is = [&name](const std::string& other) {
      return !other.empty() && sqlite3_stricmp(name.c_str(), other.c_str()) == 0;
    };
    has_id = has_id || is("id");
    has_vector = has_vector || is(table_.column);
    have_spaces_ = have_spaces_ || is(table_.partition);
    has_labels = has_labels || is("relevant");
  }
  if (!has_id || !has_vector) {
    return Status::invalid(std::string(kDiffName) +
                           ": the queries are a table or view with the columns id and " + table_.column +
                           ", and may have " + (table_.partition.empty() ? "" : table_.partition + " and ") +
                           "relevant (a JSON array of keys); '" + queries + "' is none");
  }
  const std::string text = "SELECT id, " + quoted(table_.column) + ", " +
                           (have_spaces_ ? quoted(table_.partition) : "NULL") + ", " +
                           (has_labels ? "relevant" : "NULL") + " FROM " + quoted(queries) + " ORDER BY 1";
  SPECTRADB_RETURN_IF_ERROR(ask_for_statement(connection_.handle(), text));
  Query query(connection_.handle(), text, Author::kUsForUser);
  vectors_.clear();
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return Status::ok();
    if (query.is_null(1)) continue;
    const auto at = [&query](int column) {
      return Space(from_sqlite(sqlite3_column_value(query.statement(), column)));
    };
    FoundQuery one{at(0), {}, {}, {}};
    vectors_[{spelled_of(one.id), have_spaces_ ? spelled_of(at(2)) : std::string()}] = at(1);
    SPECTRADB_ASSIGN_OR_RETURN(std::optional<FoundKeys> relevant, labels(at(3).value(), one.id));
    const bool is_same = !rows().empty() && spelled_of(rows().back().id) == spelled_of(one.id);
    if (!is_same) rows().push_back(std::move(one));
    if (relevant) rows().back().relevant = std::move(relevant);
  }
}

Result<FoundKeys> RetrievalDiffCursor::search(const ComparedSide& side, const Space& id) {
  std::optional<Space> space = side.space;
  if (!space && !table_.partition.empty()) {
    std::optional<uint64_t> commit;
    if (side.time) {
      SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, table_.database->snapshot());
      SPECTRADB_ASSIGN_OR_RETURN(SystemTime time, to_system_time(*table_.database, side.time->value(), last,
                                                                 connection_.statement_now()));
      commit = time.commit;
    }
    SPECTRADB_ASSIGN_OR_RETURN(space, current_space(*table_.database, table_.name, commit));
  }
  if (space && table_.partition.empty()) {
    return Status::invalid(std::string(kDiffName) + ": table " + table_.name +
                           " has no vector index that is partitioned by one column, so there is no space " +
                           spelled_of(*space));
  }
  const std::string of_space = have_spaces_ && space ? spelled_of(*space) : std::string();
  const auto vector = vectors_.find({spelled_of(id), of_space});
  if (vector == vectors_.end()) {
    return Status::invalid(std::string(kDiffName) + ": query " + spelled_of(id) + " has no vector " +
                           (of_space.empty() ? "of a space that is said, by a side or by spectradb_space()"
                                             : "of space " + of_space));
  }
  std::string keys;
  for (const std::string& key : table_.keys) keys += (keys.empty() ? "" : ", ") + quoted(key);
  const std::string key = table_.keys.empty()       ? "json_quote(_rowid)"
                          : table_.keys.size() == 1 ? "json_quote(" + keys + ")"
                                                    : "json_array(" + keys + ")";
  Query query(connection_.handle(),
              "SELECT " + key + " FROM " + table_.database->qualified(table_.name) + " WHERE " +
                  quoted(table_.column) + " MATCH ?1" +
                  (space ? " AND " + quoted(table_.partition) + " = ?2" : "") +
                  (side.time ? " AND _as_of = ?3" : "") + " ORDER BY _distance LIMIT ?4",
              Author::kUsForUser);
  query.bind(1, vector->second.value()).bind(4, count_);
  if (space) query.bind(2, space->value());
  if (side.time) query.bind(3, side.time->value());
  FoundKeys found;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return found;
    found.push_back(query.text(0));
  }
}

Status RetrievalDiffCursor::filter(const FunctionArguments& arguments) {
  start_over();
  for (const int needed : {0, 1, 4}) {
    if (arguments.argument(needed) == nullptr)
      return Status::invalid(
          std::string("spectradb_retrieval_diff needs a table, queries, two sides and a number: ") +
          kUsageOfDiff);
  }
  const Value count = integral(from_sqlite(arguments.argument(4)));
  if (count.type != Value::Type::kInteger || count.integer <= 0)
    return Status::invalid(std::string(kDiffName) + ": k is a number of rows, not " + spelled(count));
  count_ = count.integer;
  SPECTRADB_ASSIGN_OR_RETURN(table_, find_searched_table(connection_, from_sqlite(arguments.argument(0)),
                                                         arguments.schema(), kDiffName));
  SPECTRADB_ASSIGN_OR_RETURN(ComparedSide a, read_side("a", arguments.argument(2)));
  SPECTRADB_ASSIGN_OR_RETURN(ComparedSide b, read_side("b", arguments.argument(3)));
  const Value queries = from_sqlite(arguments.argument(1));
  if (queries.type != Value::Type::kText)
    return Status::invalid(std::string(kDiffName) + ": the queries are the name of a table or view, not " +
                           spelled(queries));
  SPECTRADB_RETURN_IF_ERROR(read_queries(std::string(queries.bytes)));
  for (FoundQuery& one : rows()) {
    SPECTRADB_ASSIGN_OR_RETURN(one.a, search(a, one.id));
    SPECTRADB_ASSIGN_OR_RETURN(one.b, search(b, one.id));
  }
  return Status::ok();
}

Status RetrievalDiffCursor::column(sqlite3_context* context, int index) {
  const FoundQuery& one = current();
  const auto text = [context](const std::string& json) {
    sqlite3_result_text64(context, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  };
  switch (index) {
    case kQuery:
      give(context, one.id.value());
      break;
    case kOverlap:
      sqlite3_result_double(context,
                            one.a.size() > one.b.size() ? share_of(one.b, one.a) : share_of(one.a, one.b));
      break;
    case kRankShift:
      if (const std::optional<double> shift = rank_shift(one.a, one.b))
        sqlite3_result_double(context, *shift);
      break;
    case kRecallA:
    case kRecallB:
      if (one.relevant)
        sqlite3_result_double(context, share_of(index == kRecallA ? one.a : one.b, *one.relevant));
      break;
    case kFoundA:
      text(json_of(one.a));
      break;
    case kFoundB:
      text(json_of(one.b));
      break;
    case kPlaceOfQuery:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
      break;
    default:
      return give_argument(context, index - kTableOfDiff);
  }
  return Status::ok();
}

void plan_retrieval_diff(FunctionPlanner& planner) {
  constexpr double kCostOfDiff = 1e6;
  constexpr int64_t kQueriesAtAGuess = 100;
  planner.answer(kCostOfDiff, kQueriesAtAGuess, 0);
}

std::unique_ptr<FunctionCursor> open_retrieval_diff(Connection& connection) {
  return std::make_unique<RetrievalDiffCursor>(connection);
}

}  // namespace

constexpr TableFunction kRetrievalDiff{
    kDiffName,           kDeclarationOfDiff,  kTableOfDiff, kArgumentsOfDiff,
    plan_retrieval_diff, open_retrieval_diff, true};

}  // namespace spectradb::extension
