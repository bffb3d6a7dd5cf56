// Table options and declared types.
#include "temporal/schema.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace spectradb::temporal {
namespace {

std::string failure_of(const std::vector<std::string>& arguments) {
  const Result<TableOptions> options = split_options(arguments);
  REQUIRE_FALSE(options.is_ok());
  CHECK(options.status().code() == Code::kInvalid);
  return options.status().message();
}

TEST_CASE("options are split from definitions") {
  const Result<TableOptions> options =
      split_options({"id INTEGER PRIMARY KEY", "on_insert=append", "price REAL CHECK (price = 1)",
                     " Valid_Default = 'NOW' ", "plain", "CHECK (a = b)", "\"on_insert\" TEXT",
                     "on_insert TEXT DEFAULT 'a=b'"});
  REQUIRE(options.is_ok());
  CHECK(options->on_insert == OnInsert::kAppend);
  CHECK(options->valid_default == ValidDefault::kNow);
  CHECK(options->definitions ==
        std::vector<std::string>{"id INTEGER PRIMARY KEY", "price REAL CHECK (price = 1)", "plain",
                                 "CHECK (a = b)", "\"on_insert\" TEXT", "on_insert TEXT DEFAULT 'a=b'"});
  CHECK(split_options({"on_insert = unique"})->on_insert == OnInsert::kUnique);
  CHECK(split_options({"valid_default = \"always\""})->valid_default == ValidDefault::kAlways);
  const Result<TableOptions> none = split_options({});
  REQUIRE(none.is_ok());
  CHECK_FALSE(none->on_insert.has_value());
  CHECK_FALSE(none->valid_default.has_value());
  CHECK_FALSE(none->valid_form.has_value());
  CHECK(split_options({"valid_form = text"})->valid_form == ValidForm::kText);
  CHECK(split_options({"VALID_FORM = 'Integer'"})->valid_form == ValidForm::kInteger);
  CHECK(failure_of({"valid_form = blob"}) ==
        "unknown value 'blob' of the option valid_form: expected text or integer");
}

TEST_CASE("definitions may stand in strings") {
  const Result<TableOptions> options = split_options(
      {"'id INTEGER PRIMARY KEY'", "'v TEXT DEFAULT ''it''''s'''", "x", "definition = literals"});
  REQUIRE(options.is_ok());
  CHECK(options->definitions ==
        std::vector<std::string>{"id INTEGER PRIMARY KEY", "v TEXT DEFAULT 'it''s'", "x"});
  CHECK(options->texts == std::vector<std::string>{"definition = literals"});
  CHECK(split_options({"'id'"})->definitions == std::vector<std::string>{"'id'"});
  CHECK(split_options({"'a' 'b'", "'", "'a''", "definition = literals"})->definitions ==
        std::vector<std::string>{"'a' 'b'", "'", "'a''"});
  CHECK(failure_of({"definition = text"}) ==
        "unknown value 'text' of the option definition: expected plain or literals");
  CHECK(failure_of({"definition = plain", "definition = literals"}) ==
        "the option definition is given twice");
}

TEST_CASE("wrong options are refused with the known ones") {
  CHECK(failure_of({"on_isnert = append"}) ==
        "unknown option 'on_isnert': the options are on_insert = append | unique | series, valid_default = "
        "always | now, valid_form = text | integer, definition = plain | literals, rowid = none, erase_by = "
        "a column, retention = "
        "'7 years' and "
        "horizon = a commit");
  CHECK(failure_of({"rowid = 'yes'"}) == "unknown value 'yes' of the option rowid: expected none");
  CHECK(failure_of({"rowid = none", "ROWID = 'None'"}) == "the option ROWID is given twice");
  CHECK(failure_of({"on_insert = replace"}) ==
        "unknown value 'replace' of the option on_insert: expected append, unique or series");
  CHECK(failure_of({"valid_default ="}) ==
        "unknown value '' of the option valid_default: expected always or now");
  CHECK(failure_of({"on_insert = append now"}) ==
        "unknown value 'append now' of the option on_insert: expected append, unique or series");
  CHECK(failure_of({"on_insert = append", "ON_INSERT = append"}) == "the option ON_INSERT is given twice");
}

}  // namespace
}  // namespace spectradb::temporal
