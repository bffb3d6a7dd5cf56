// Facts that another database had, as a dump of it says them (extension/facets/dump/): key, period and values are
// stored as they were, whatever constraints and affinities say, which had their say there. A 'row', or one that is 'gone', is one as a file has it
// (COPY … WITH (HISTORY)): of its columns affinities count, and generated ones are computed. What the table has beside its
// facts (indexes, and what SQLite knows of its keys) is kept as for any other write.
#include <algorithm>

#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/annotations.h"
#include "extension/table/table.h"
#include "extension/write/writer.h"

namespace spectradb::extension {

using temporal::Bound;
using temporal::Operation;
using temporal::Period;
using temporal::Value;

namespace {

// Integers are microseconds here, however they look.
Result<Bound> replayed_bound(const Value& value, Bound unbounded) {
  if (value.is_null()) return unbounded;
  if (value.type == Value::Type::kInteger) return Bound{value.integer, false};
  if (value.type != Value::Type::kText)
    return Status::invalid("a bound of a replayed fact is text or an integer, not " + spelled(value));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t us, temporal::parse_instant(value.bytes, 0));
  return Bound{us, true};
}

}  // namespace

Writer::Outcome Writer::replay(sqlite3_value** columns, std::string_view operation) {
  const temporal::TableSchema& schema = table_.schema();
  const int visible = table_.visible_columns();
  if (!table_.connection().part<Annotations>().is_replay())
    return {Status::invalid("_given of table " + schema.name +
                            " takes no text: facts are replayed behind spectradb_restore_commit()")};
  const bool is_row = operation == "row";
  const bool is_of_file = is_row || operation == "gone";
  const bool is_put = operation == "put" || is_row;
  if (!is_put && !is_of_file && operation != "delete")
    return {Status::invalid("a replayed fact of table " + schema.name +
                            " is 'put', 'delete', 'row' or 'gone', not " +
                            spelled(from_sqlite(columns[visible + kGiven])))};
  const Result<Bound> from = replayed_bound(from_sqlite(columns[visible + kValidFrom]), Period{}.from);
  if (!from) return {from.status()};
  const Result<Bound> to = replayed_bound(from_sqlite(columns[visible + kValidTo]), Period{}.to);
  if (!to) return {to.status()};
  Period period{*from, *to};
  if (Status status = put_in_form(period); !status) return {status};
  if (period.is_empty())
    return {Status::invalid("a replayed fact of table " + schema.name + " is valid at no time")};
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const Value value = from_sqlite(columns[i]);
    row_[i] = is_of_file ? temporal::apply_affinity(value, schema.columns[i].affinity, scratch_[i]) : value;
  }
  if (is_row)
    if (Status status = compute_columns(); !status) return {status};
  if (schema.has_integer_key) {
    std::string scratch;
    const Value key = schema.key_columns.empty()
                          ? temporal::apply_affinity(from_sqlite(columns[visible + kRowid]),
                                                     temporal::Affinity::kInteger, scratch)
                          : row_[static_cast<size_t>(schema.key_columns[0])];
    if (key.type != Value::Type::kInteger)
      return {Status::invalid("a replayed fact of table " + schema.name +
                              " says the integer that is its key, not " + spelled(key))};
    integer_key_ = key.integer;
  }
  key_.clear();
  temporal::encode_key(key_, schema, row_, integer_key_);
  integer_keys_.forget();
  return {append(key_, period, is_put ? Operation::kPut : Operation::kDelete)};
}

// Those that are generated; what CHECK says is not asked.
Status Writer::compute_columns() {
  const std::vector<temporal::Column>& columns = table_.schema().columns;
  const bool are_any = std::any_of(columns.begin(), columns.end(),
                                   [](const temporal::Column& column) { return column.is_generated; });
  if (!are_any) return Status::ok();
  if (replay_judge_ == nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(replay_judge_,
                               RowJudge::make(table_.definition(), RowJudge::Checks::kIgnored));
  }
  return replay_judge_->judge(row_);
}

}  // namespace spectradb::extension
