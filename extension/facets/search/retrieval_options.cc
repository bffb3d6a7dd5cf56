#include "extension/facets/search/retrieval_options.h"

#include <algorithm>

#include "extension/host/query.h"
#include "extension/host/values.h"
#include "sql/text/reader.h"
#include "temporal/json.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kKnownOptions =
    "filter, parameters, match, weights, constant, depth, half_life, importance, space, as_of, valid_at";

bool is_number(const Value& value) {
  return value.type == Value::Type::kInteger || value.type == Value::Type::kReal;
}
double number_of(const Value& value) {
  return value.type == Value::Type::kInteger ? static_cast<double>(value.integer) : value.real;
}

// Reads the members of an object, by a query whose rows are key, value and type.
class OptionReader {
 public:
  OptionReader(sqlite3* db, Retrieval* asked) : db_(db), asked_(*asked) {}

  Status read(const Value& json) {
    Query members(db_, "SELECT key, value, type FROM json_each(?1)");
    members.bind(1, json);
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, members.step());
      if (!is_row) return Status::ok();
      const KeptValue value(from_sqlite(sqlite3_column_value(members.statement(), 1)));
      SPECTRADB_RETURN_IF_ERROR(set(members.text(0), value.get(), members.text(2)));
    }
  }

 private:
  Status wrong(const std::string& name, const std::string& what, const Value& given) const {
    return Status::invalid(asked_.function + ": option " + name + " is " + what + ", not " + spelled(given));
  }

  Status set(const std::string& name, const Value& value, const std::string& type) {
    const auto is = [&name](std::string_view known) { return sql::equals_word(name, known); };
    if (is("parameters")) return set_parameters(value, type);
    if (is("weights")) return set_weights(value, type);
    if (value.is_null()) return Status::ok();
    const bool is_text = value.type == Value::Type::kText && type == "text";
    if (is("filter") || is("importance")) {
      if (!is_text)
        return wrong(name,
                     is("filter") ? "a text, an expression over the table's columns" : "the name of a column",
                     value);
      (is("filter") ? asked_.filter : asked_.importance) = std::string(value.bytes);
      return Status::ok();
    }
    if (is("match")) {
      if (!is_text || (value.bytes != "words" && value.bytes != "fts5"))
        return wrong(name, "'words' or 'fts5'", value);
      asked_.is_fts5 = value.bytes == "fts5";
      return Status::ok();
    }
    if (is("space")) {
      asked_.space = KeptValue(value);
      return Status::ok();
    }
    if (is("as_of") || is("valid_at")) {
      (is("as_of") ? asked_.as_of : asked_.valid_at) = KeptValue(value);
      return Status::ok();
    }
    const bool is_positive = is_number(value) && number_of(value) > 0;
    if (is("half_life")) {
      if (!is_positive) return wrong(name, "a number of days above 0", value);
      asked_.half_life = number_of(value);
      return Status::ok();
    }
    if (is("constant")) {
      if (!is_positive) return wrong(name, "a number above 0", value);
      asked_.constant = number_of(value);
      return Status::ok();
    }
    if (is("depth")) {
      if (value.type != Value::Type::kInteger || value.integer < 1)
        return wrong(name, "a number of rows", value);
      asked_.depth = value.integer;
      return Status::ok();
    }
    return Status::invalid(asked_.function + ": there is no option " + name + "; there are " + kKnownOptions);
  }

  Status set_parameters(const Value& object, const std::string& type) {
    if (type != "object") return wrong("parameters", "an object of names and values", object);
    Query members(db_, "SELECT key, value FROM json_each(?1)");
    members.bind(1, object);
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, members.step());
      if (!is_row) return Status::ok();
      asked_.parameters.emplace_back(members.text(0),
                                     KeptValue(from_sqlite(sqlite3_column_value(members.statement(), 1))));
    }
  }

  // Sets the weights, of the text and of the vector.
  Status set_weights(const Value& array, const std::string& type) {
    std::vector<double> weights;
    if (type == "array") {
      Query elements(db_, "SELECT value FROM json_each(?1)");
      elements.bind(1, array);
      for (;;) {
        SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, elements.step());
        if (!is_row) break;
        const Value value = from_sqlite(sqlite3_column_value(elements.statement(), 0));
        weights.push_back(is_number(value) ? number_of(value) : -1);
      }
    }
    const bool are_right = weights.size() == 2 && std::all_of(weights.begin(), weights.end(),
                                                              [](double weight) { return weight >= 0; });
    if (!are_right) return wrong("weights", "an array of two numbers, of the text and of the vector", array);
    asked_.text_weight = weights[0];
    asked_.vector_weight = weights[1];
    return Status::ok();
  }

  sqlite3* const db_;
  Retrieval& asked_;
};

// SQLite's JSON functions end a text at a zero byte, so that what stands behind it in a filter or a parameter would not
// count.
bool has_zero_byte(std::string_view json) {
  constexpr std::string_view kZero = "\\u0000";
  for (size_t at = json.find(kZero); at != std::string_view::npos; at = json.find(kZero, at + 1)) {
    size_t slashes = 1;
    while (slashes <= at && json[at - slashes] == '\\') ++slashes;
    if (slashes % 2 == 1) return true;
  }
  return json.find('\0') != std::string_view::npos;
}

}  // namespace

Status read_retrieval_options(sqlite3* db, const Value& json, Retrieval* asked) {
  if (json.is_null()) return Status::ok();
  Query kind(db, "SELECT json_valid(?1) AND json_type(CASE WHEN json_valid(?1) THEN ?1 END) = 'object'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, kind.bind(1, json).step());
  if (json.type != Value::Type::kText || !is_row || kind.integer(0) == 0) {
    const Status why = json.type == Value::Type::kText ? temporal::check_json(json.bytes) : Status::ok();
    return Status::invalid(asked->function + ": the options are a JSON object with some of " + kKnownOptions +
                           ", not " + spelled(json) + (why ? "" : " (" + why.message() + ")"));
  }
  if (has_zero_byte(json.bytes))
    return Status::invalid(asked->function +
                           ": a text of the options has a zero byte, where SQLite would end it");
  return OptionReader(db, asked).read(json);
}

}  // namespace spectradb::extension
