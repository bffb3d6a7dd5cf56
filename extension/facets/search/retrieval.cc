#include "extension/facets/search/retrieval.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "extension/access/gate.h"
#include "extension/facet/index_kind.h"
#include "extension/facet/matcher.h"
#include "extension/facets/search/question.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/table/table.h"
#include "extension/times/session_time.h"
#include "extension/times/system_time.h"
#include "sql/rewrite/statement_rewriter.h"
#include "sql/text/reader.h"
#include "temporal/instant.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr double kMicrosecondsADay = 86'400e6;
constexpr int64_t kLeastDepth = 100;
constexpr int64_t kDepthOfCount = 10;  // a list is at least so many times as long as the answer

std::string hidden(const temporal::TableSchema& schema, HiddenColumn column) {
  std::string declared = hidden_declaration(column, false, schema);
  return declared.substr(0, declared.find(' '));
}

class Retriever {
 public:
  Retriever(const Retrieval& asked, const Table& table)
      : asked_(asked), table_(table), db_(table.connection().handle()), keys_(key_names(table.schema())) {}

  Result<std::vector<Retrieved>> run(bool may_have_none) {
    SPECTRADB_RETURN_IF_ERROR(check_filter());
    SPECTRADB_RETURN_IF_ERROR(read_reference());
    if (!asked_.text.is_null()) SPECTRADB_RETURN_IF_ERROR(read_text_list());
    if (!asked_.vector.is_null()) SPECTRADB_RETURN_IF_ERROR(read_vector_list());
    if (asked_.text.is_null() && asked_.vector.is_null()) {
      if (!may_have_none)
        return Status::invalid(asked_.function + " needs a text or a vector to look for: both are NULL");
      SPECTRADB_RETURN_IF_ERROR(read_all());
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Retrieved& a, const Retrieved& b) { return a.score > b.score; });
    if (static_cast<int64_t>(found_.size()) > asked_.count) found_.resize(static_cast<size_t>(asked_.count));
    return std::move(found_);
  }

 private:
  Status wrong(const std::string& what) const { return Status::invalid(asked_.function + ": " + what); }

  // Parentheses are put around the filter, so it must be one expression that does not close them.
  Status check_filter() {
    if (asked_.filter.empty()) return Status::ok();
    const sql::Reader reader(asked_.filter, sql::tokenize(asked_.filter));
    bool is_expression = reader.is_sound() && reader.size() > 0;
    for (size_t i = 0; i < reader.size() && is_expression; ++i) {
      is_expression = reader.kind(i) != sql::TokenKind::kSemicolon;
      if (reader.kind(i) == sql::TokenKind::kParameter && reader.text(i).starts_with('?'))
        return wrong(
            "the parameters of the filter have names, as in 'ns = :ns', with \"parameters\": {\"ns\": …}");
    }
    if (!is_expression) return wrong("the filter is no expression: " + asked_.filter);
    filter_ = reader.joined({0, reader.size()});
    return Status::ok();
  }

  // Reads the instant from which ages are measured.
  Status read_reference() {
    Connection& connection = table_.connection();
    Value valid_at = asked_.valid_at.get();
    Value as_of = asked_.as_of.get();
    if (valid_at.is_null()) valid_at = connection.part<SessionTimes>().valid_at.value();
    if (as_of.is_null()) as_of = connection.part<SessionTimes>().as_of.value();
    reference_us_ = connection.statement_now();
    if (!valid_at.is_null()) {
      SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at, to_bound(valid_at, reference_us_));
      reference_us_ = at.us;
      return Status::ok();
    }
    if (as_of.is_null()) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, table_.database().snapshot());
    SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                               to_system_time(table_.database(), as_of, last, reference_us_));
    if (time.is_all) return wrong("'all' is no system time; name a commit, or a time as text");
    if (time.time_us) {
      reference_us_ = *time.time_us;
      return Status::ok();
    }
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> committed,
                               table_.database().commit_time_us(time.commit));
    if (committed) reference_us_ = *committed;
    return Status::ok();
  }

  int64_t depth() const { return asked_.depth.value_or(std::max(kLeastDepth, kDepthOfCount * asked_.count)); }

  // Makes SELECT of the key, the columns that give the age, the importance, and `more`, in this order,
  // WHERE `condition`.
  Result<std::unique_ptr<Query>> query(const std::string& more, const std::string& condition,
                                       const std::string& order, const Value& sought) {
    std::string text = "SELECT ";
    for (const std::string& key : keys_) text += quoted(key) + ", ";
    text += "_valid_from, _committed_at, ";
    text += asked_.importance.empty() ? "1" : sql::column_name(asked_.importance);
    text += more.empty() ? "" : ", " + more;
    text += " FROM " + table_.database().qualified(table_.schema().name) + " WHERE " +
            (condition.empty() ? "TRUE" : condition);
    if (!filter_.empty()) text += " AND (" + filter_ + ")";
    if (!asked_.as_of.is_null()) text += " AND _as_of = :spectradb_as_of";
    if (!asked_.valid_at.is_null()) text += " AND _valid_at = :spectradb_valid_at";
    text += order.empty() ? "" : " ORDER BY " + order + " LIMIT :spectradb_depth";
    SPECTRADB_RETURN_IF_ERROR(ask_for_statement(db_, text));
    auto made = std::make_unique<Query>(db_, text, Author::kUsForUser);
    if (const Status status = made->prepare(); !status) return wrong(status.message());
    const auto bind = [&](const std::string& name, const Value& value) {
      const int place = sqlite3_bind_parameter_index(made->statement(), name.c_str());
      if (place > 0) made->bind(place, value);
    };
    SPECTRADB_RETURN_IF_ERROR(check_parameters(*made));
    for (const auto& [name, value] : asked_.parameters) {
      for (const char* const sign : {":", "@", "$"}) bind(sign + name, value.get());
    }
    bind(":spectradb_sought", sought);
    bind(":spectradb_as_of", asked_.as_of.get());
    bind(":spectradb_valid_at", asked_.valid_at.get());
    bind(":spectradb_depth", Value::of_integer(depth()));
    bind(":spectradb_space", asked_.space.get());
    return made;
  }

  // A parameter that nobody gives would be NULL, and a filter with it find nothing.
  Status check_parameters(const Query& query) const {
    for (int i = 1; i <= sqlite3_bind_parameter_count(query.statement()); ++i) {
      const char* const name = sqlite3_bind_parameter_name(query.statement(), i);
      if (name == nullptr) continue;  // check_filter() has refused it
      const std::string_view plain = std::string_view(name).substr(1);
      const bool is_given = plain.starts_with("spectradb_") ||
                            std::any_of(asked_.parameters.begin(), asked_.parameters.end(),
                                        [plain](const auto& given) { return given.first == plain; });
      if (!is_given)
        return Status::invalid(asked_.function + ": the filter's parameter " + name +
                               " has no value: say it in the option parameters");
    }
    return Status::ok();
  }

  // Returns the place of a column after those of the key.
  int behind_key(int place) const { return static_cast<int>(keys_.size()) + place; }

  Result<Retrieved*> row_of(Query& query) {
    std::vector<KeptValue> key;
    std::string name;
    for (int i = 0; i < static_cast<int>(keys_.size()); ++i) {
      const Value value = from_sqlite(sqlite3_column_value(query.statement(), i));
      name += spelled(value) + ",";
      key.emplace_back(value);
    }
    const auto [place, is_new] = places_.emplace(name, found_.size());
    if (!is_new) return &found_[place->second];
    Retrieved& row = found_.emplace_back();
    row.key = std::move(key);
    weights_.push_back(1);
    Value since = from_sqlite(sqlite3_column_value(query.statement(), behind_key(0)));
    if (since.is_null()) since = from_sqlite(sqlite3_column_value(query.statement(), behind_key(1)));
    if (!since.is_null()) {
      SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound from, to_bound(since, reference_us_));
      row.age = std::max(0.0, static_cast<double>(reference_us_ - from.us) / kMicrosecondsADay);
    } else {
      row.age = 0;  // the open transaction wrote it
    }
    double& weight = weights_.back();
    const Value importance = from_sqlite(sqlite3_column_value(query.statement(), behind_key(2)));
    if (!importance.is_null()) weight = sqlite3_column_double(query.statement(), behind_key(2));
    if (asked_.half_life) weight *= decay_of(*row.age, *asked_.half_life);
    return &row;
  }
  void add(Retrieved* row, double share) {
    row->score += share * weights_[static_cast<size_t>(row - found_.data())];
  }
  double share(double weight, int64_t rank) const {
    return weight / (asked_.constant + static_cast<double>(rank));
  }

  Status read_text_list() {
    const std::vector<temporal::IndexSchema>& indexes = table_.indexes();
    const auto index = std::find_if(indexes.begin(), indexes.end(), [](const temporal::IndexSchema& each) {
      return matcher_of(each) != nullptr;
    });
    if (index == indexes.end())
      return wrong("table " + table_.schema().name + " has no full-text index: say CREATE FULLTEXT INDEX " +
                   table_.schema().name + "_text ON " + table_.schema().name + " (…)");
    // Words would be found by what they must not show.
    for (const temporal::IndexPart& part : index->parts) {
      const auto column = static_cast<size_t>(part.column);
      if (!asked_.hidden.empty() && asked_.hidden[column])
        return wrong("column " + table_.schema().columns[column].name + " may not be read: not authorized");
    }
    std::string scratch;
    const Value text = temporal::apply_affinity(asked_.text.get(), temporal::Affinity::kText, scratch);
    std::vector<std::string> queries{std::string(text.bytes)};
    if (!asked_.is_fts5) queries = queries_of_question(text.bytes, *index);
    int64_t rank = 0;
    for (const std::string& words : queries) {
      if (rank < depth()) SPECTRADB_RETURN_IF_ERROR(read_text_list(words, &rank));
    }
    return Status::ok();
  }
  // Goes on behind the rank that the list has come to.
  Status read_text_list(const std::string& words, int64_t* rank) {
    const std::string match = hidden(table_.schema(), kMatch);
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::unique_ptr<Query> rows,
        query(asked_.wants_snippets ? "spectradb_snippet(" + match + ", -1, '[', ']', '…', 12)" : "",
              hidden(table_.schema(), kText) + " MATCH :spectradb_sought", hidden(table_.schema(), kRank),
              Value::text(words)));
    while (*rank < depth()) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, rows->step());
      if (!is_row) return Status::ok();
      SPECTRADB_ASSIGN_OR_RETURN(Retrieved* const row, row_of(*rows));
      if (row->text_rank) continue;
      row->text_rank = ++*rank;
      if (asked_.wants_snippets) row->snippet = rows->text(behind_key(3));
      add(row, share(asked_.text_weight, *rank));
    }
    return Status::ok();
  }

  Status read_vector_list() {
    if (table_.ranked_columns().empty())
      return wrong("table " + table_.schema().name + " has no column of type VECTOR: say ALTER TABLE " +
                   table_.schema().name + " ADD COLUMN embedding VECTOR(…)");
    const int column = table_.ranked_columns().front();
    std::string condition =
        quoted(table_.schema().columns[static_cast<size_t>(column)].name) + " MATCH :spectradb_sought";
    if (!asked_.space.is_null()) {
      for (const temporal::IndexSchema& index : table_.indexes()) {
        if (ranking_of(index) == nullptr || index.parts.front().column != column || index.parts.size() != 2)
          continue;
        const int partition = index.parts.back().column;
        condition += " AND " + quoted(table_.schema().columns[static_cast<size_t>(partition)].name) +
                     " = :spectradb_space";
        has_space_ = true;
      }
      if (!has_space_)
        return wrong("table " + table_.schema().name +
                     " has no vector index that is partitioned by one column, which would name its spaces");
    }
    const std::string distance = hidden(table_.schema(), kDistance);
    SPECTRADB_ASSIGN_OR_RETURN(const std::unique_ptr<Query> rows,
                               query(distance, condition, distance, asked_.vector.get()));
    for (int64_t rank = 1;; ++rank) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, rows->step());
      if (!is_row) return Status::ok();
      SPECTRADB_ASSIGN_OR_RETURN(Retrieved* const row, row_of(*rows));
      if (row->vector_rank) continue;
      row->vector_rank = rank;
      row->distance = sqlite3_column_double(rows->statement(), behind_key(3));
      add(row, share(asked_.vector_weight, rank));
    }
  }

  Status read_all() {
    SPECTRADB_ASSIGN_OR_RETURN(const std::unique_ptr<Query> rows, query("", "", "", Value::null()));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, rows->step());
      if (!is_row) return Status::ok();
      SPECTRADB_ASSIGN_OR_RETURN(Retrieved* const row, row_of(*rows));
      add(row, 1);
    }
  }

  const Retrieval& asked_;
  const Table& table_;
  sqlite3* const db_;
  const std::vector<std::string> keys_;
  std::string filter_;
  bool has_space_ = false;
  int64_t reference_us_ = 0;
  std::vector<Retrieved> found_;
  std::vector<double> weights_;  // of each row, importance times decay
  std::map<std::string, size_t> places_;
};

}  // namespace

double decay_of(double age, double half_life) { return std::exp2(-age / half_life); }

std::vector<std::string> key_names(const temporal::TableSchema& schema) {
  std::vector<std::string> names;
  for (const int column : schema.key_columns)
    names.push_back(schema.columns[static_cast<size_t>(column)].name);
  if (names.empty()) names.emplace_back("_rowid");
  return names;
}

Result<std::vector<Retrieved>> retrieve(const Retrieval& asked, bool may_have_none) {
  const Table* const table =
      asked.database->connection().find_table(asked.database->schema(), asked.schema.name);
  if (table == nullptr)
    return Status::invalid(asked.function + ": no such temporal table: " + asked.schema.name);
  return Retriever(asked, *table).run(may_have_none);
}

}  // namespace spectradb::extension
