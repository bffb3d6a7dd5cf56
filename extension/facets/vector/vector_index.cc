#include "extension/facets/vector/vector_index.h"

#include <charconv>
#include <cmath>

#include "extension/facet/column_type.h"
#include "extension/facets/vector/vector_column.h"
#include "extension/facets/vector/vector_search.h"
#include "extension/facets/vector_spaces/current_space.h"
#include "extension/host/values.h"
#include "sql/text/reader.h"
#include "temporal/real_text.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr size_t kLeastListSize = 8;
constexpr size_t kMostListSize = 100'000;

Status wrong_effort(const std::string& given) {
  return Status::invalid(
      "effort is a number from 0 to 100, where 1 finds nearly all and more costs more, or 'exact', not " +
      given);
}

Status set_option(std::string_view option, VectorOptions* options) {
  const size_t equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : option.substr(equals + 1);
  if (sql::equals_word(name, "metric")) {
    if (value != "cosine" && value != "l2") {
      return Status::invalid("the metric of an index on vectors is cosine or l2, not '" + std::string(value) +
                             "' (of normalized vectors, cosine orders as dot does)");
    }
    options->metric = *metric_named(value);
    return Status::ok();
  }
  if (sql::equals_word(name, "code")) {
    if (value != "int4" && value != "int8")
      return Status::invalid("the code of an index on vectors is int4 or int8, not '" + std::string(value) +
                             "'");
    options->code = value == "int4" ? CodeKind::kInt4 : CodeKind::kInt8;
    return Status::ok();
  }
  if (option == "nulls=listed") {
    options->lists_nulls = true;
    return Status::ok();
  }
  if (option == "centroids=int8") {
    options->centroids = CentroidBytes::kInt8;
    return Status::ok();
  }
  if (sql::equals_word(name, "effort")) {
    SPECTRADB_ASSIGN_OR_RETURN(options->effort, read_effort(Value::text(value)));
    return Status::ok();
  }
  if (sql::equals_word(name, "list_size")) {
    const char* const end = value.data() + value.size();
    const std::from_chars_result read = std::from_chars(value.data(), end, options->list_size);
    if (read.ec == std::errc() && read.ptr == end && options->list_size >= kLeastListSize &&
        options->list_size <= kMostListSize)
      return Status::ok();
    return Status::invalid("list_size is a number of entries from " + std::to_string(kLeastListSize) +
                           " to " + std::to_string(kMostListSize) + ", not '" + std::string(value) + "'");
  }
  return Status::invalid("an index on vectors has the options metric, code, effort and list_size, not '" +
                         std::string(name) + "'");
}

Result<std::shared_ptr<temporal::EntryMaker>> make_entries(const IndexKind::Definition& definition) {
  const std::vector<temporal::IndexPart>& columns = definition.index.parts;
  const temporal::Column& column = definition.table.columns[static_cast<size_t>(columns.front().column)];
  if (find_column_type(column.declared_type) != &kVectorColumn) {
    return Status::invalid("index " + definition.index.name + " is on column " + column.name +
                           ", which is no VECTOR: declare it as one");
  }
  VectorOptions options;
  for (const std::string& option : definition.options) {
    if (const Status status = set_option(option, &options); !status)
      return Status::invalid("index " + definition.index.name + ": " + status.message());
  }
  return std::shared_ptr<temporal::EntryMaker>(std::make_shared<VectorEntries>(
      options, std::vector<temporal::IndexPart>(columns.begin() + 1, columns.end())));
}

Result<std::optional<std::string>> current_partition(Database& database, const temporal::TableSchema& table,
                                                     const temporal::IndexSchema& index,
                                                     std::optional<uint64_t> commit) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<Space> space, current_space(database, table.name, commit));
  std::optional<std::string> encoded;
  if (!space) return encoded;
  std::string scratch;
  temporal::append_index_part(encoded.emplace(),
                              temporal::apply_affinity(space->value(), index.parts.back().affinity, scratch),
                              index.parts.back());
  return encoded;
}

}  // namespace

Result<Effort> read_effort(const Value& value) {
  constexpr double kMost = 100;
  double number = 0;
  if (value.type == Value::Type::kText) {
    if (sql::equals_word(value.bytes, "exact")) return Effort();
    const char* const end = value.bytes.data() + value.bytes.size();
    const std::from_chars_result read = temporal::read_real(value.bytes.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return wrong_effort(spelled(value));
  } else if (value.type == Value::Type::kInteger) {
    number = static_cast<double>(value.integer);
  } else if (value.type == Value::Type::kReal) {
    number = value.real;
  } else {
    return wrong_effort(spelled(value));
  }
  if (!(number >= 0 && number <= kMost)) return wrong_effort(spelled(value));
  return Effort(number);
}

bool lists_nulls(const temporal::IndexSchema& index) {
  return static_cast<const VectorEntries&>(*index.maker).options().lists_nulls;
}

constexpr Ranking kVectorRanking{VectorQuery::make, VectorQuery::called, search_vectors, current_partition,
                                 kDistanceCalls,    ranks_by_distance,   lists_nulls};
constexpr IndexKind kVectorIndex{"spectradb_vector_index", nullptr, make_entries, nullptr, &kVectorRanking};

}  // namespace spectradb::extension
