// Reads table options: short texts that are seen once, when a table is made or connected.
#include "temporal/schema.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "temporal/erase_by_option.h"
#include "temporal/instant.h"
#include "temporal/retention.h"
#include "temporal/rowid_option.h"

namespace spectradb::temporal {
namespace {

constexpr std::string_view kKnownOptions =
    "the options are on_insert = append | unique | series, valid_default = always | now, valid_form = "
    "text | integer, definition = plain | literals, rowid = none, erase_by = a column, retention = '7 years' "
    "and horizon = a commit";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '$'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

void skip_space(std::string_view& in) {
  while (!in.empty() && is_space(in.front())) in.remove_prefix(1);
}

std::string_view take_identifier(std::string_view& in) {
  size_t length = 0;
  if (!in.empty() && starts_identifier(in.front())) {
    while (length < in.size() && continues_identifier(in[length])) ++length;
  }
  const std::string_view identifier = in.substr(0, length);
  in.remove_prefix(length);
  return identifier;
}

struct Option {
  std::string_view name;
  std::string_view value;  // without quotes and blanks around
};

// Returns nothing when the argument is a definition.
std::optional<Option> option_of(std::string_view argument) {
  skip_space(argument);
  Option option;
  option.name = take_identifier(argument);
  skip_space(argument);
  if (option.name.empty() || argument.empty() || argument.front() != '=') return std::nullopt;
  argument.remove_prefix(1);
  skip_space(argument);
  while (!argument.empty() && is_space(argument.back())) argument.remove_suffix(1);
  const bool is_quoted = argument.size() >= 2 && (argument.front() == '\'' || argument.front() == '"') &&
                         argument.back() == argument.front();
  option.value = is_quoted ? argument.substr(1, argument.size() - 2) : argument;
  return option;
}

Status unknown_value(const Option& option, std::string_view known) {
  return Status::invalid("unknown value '" + std::string(option.value) + "' of the option " +
                         std::string(option.name) + ": expected " + std::string(known));
}

Status given_twice(const Option& option) {
  return Status::invalid("the option " + std::string(option.name) + " is given twice");
}

bool is_named(const std::string& text, std::string_view name) {
  const std::optional<Option> option = option_of(text);
  return option && lower_case(option->name) == name;
}

bool has_option(const std::vector<std::string>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(),
                     [&](const std::string& text) { return is_named(text, name); });
}

std::optional<uint64_t> read_horizon(std::string_view value) {
  if (value.empty()) return std::nullopt;
  uint64_t commit = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, code] = std::from_chars(value.data(), end, commit);
  if (code != std::errc() || stop != end || commit > INT64_MAX) return std::nullopt;
  return commit;
}

std::optional<int64_t> read_valid_horizon(std::string_view value) {
  int64_t us = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, code] = std::from_chars(value.data(), end, us);
  if (value.empty() || code != std::errc() || stop != end || us == kEndOfTime) return std::nullopt;
  return us;
}

// The value of an option, as it is written without quotes; empty where it is not given.
std::string_view value_of_option(const std::vector<std::string>& options, std::string_view name) {
  for (const std::string& text : options)
    if (is_named(text, name)) return option_of(text)->value;
  return {};
}

Status set_option(TableOptions& options, const Option& option) {
  const std::string name = lower_case(option.name);
  const std::string value = lower_case(option.value);
  if (name == "on_insert") {
    if (options.on_insert) return given_twice(option);
    if (value != "append" && value != "unique" && value != "series")
      return unknown_value(option, "append, unique or series");
    options.on_insert = value == "append"   ? OnInsert::kAppend
                        : value == "series" ? OnInsert::kSeries
                                            : OnInsert::kUnique;
    return Status::ok();
  }
  if (name == "valid_default") {
    if (options.valid_default) return given_twice(option);
    if (value != "always" && value != "now") return unknown_value(option, "always or now");
    options.valid_default = value == "always" ? ValidDefault::kAlways : ValidDefault::kNow;
    return Status::ok();
  }
  if (name == "valid_form") {
    if (options.valid_form) return given_twice(option);
    if (value != "text" && value != "integer") return unknown_value(option, "text or integer");
    options.valid_form = value == "text" ? ValidForm::kText : ValidForm::kInteger;
    return Status::ok();
  }
  if (name == "definition") {
    if (options.form) return given_twice(option);
    if (value != "plain" && value != "literals") return unknown_value(option, "plain or literals");
    options.form = value == "plain" ? DefinitionForm::kPlain : DefinitionForm::kLiterals;
    return Status::ok();
  }
  if (name == "rowid") {
    if (says_without_rowid(options.texts)) return given_twice(option);
    return value == "none" ? Status::ok() : unknown_value(option, "none");
  }
  if (name == kEraseByOption) {
    if (has_option(options.texts, name)) return given_twice(option);
    return option.value.empty() ? unknown_value(option, "a column of the key") : Status::ok();
  }
  if (name == kRetentionOption || name == kValidRetentionOption) {
    if (has_option(options.texts, name)) return given_twice(option);
    return read_retention(value).status();
  }
  if (name == kHorizonOption) {
    if (has_option(options.texts, name)) return given_twice(option);
    return read_horizon(value) ? Status::ok() : unknown_value(option, "the number of a commit");
  }
  if (name == kValidHorizonOption) {
    if (has_option(options.texts, name)) return given_twice(option);
    return read_valid_horizon(value) ? Status::ok() : unknown_value(option, "a time in microseconds");
  }
  return Status::invalid("unknown option '" + std::string(option.name) + "': " + std::string(kKnownOptions));
}

// Returns what an SQL string holds, and every other text as it is.
std::string without_quotes(const std::string& text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return text;
  std::string held;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    const bool is_quote = text[i] == '\'';
    if (is_quote && (i + 2 >= text.size() || text[i + 1] != '\''))
      return text;  // no string, or more than one
    if (is_quote) ++i;
    held += text[i];
  }
  return held;
}

}  // namespace

std::string erase_by_of(const std::vector<std::string>& options) {
  return std::string(value_of_option(options, kEraseByOption));
}

bool says_without_rowid(const std::vector<std::string>& options) { return has_option(options, "rowid"); }

std::string retention_of(const std::vector<std::string>& options) {
  const Result<std::string> length = read_retention(value_of_option(options, kRetentionOption));
  return length ? *length : std::string();
}

std::string valid_retention_of(const std::vector<std::string>& options) {
  const Result<std::string> length = read_retention(value_of_option(options, kValidRetentionOption));
  return length ? *length : std::string();
}

int64_t valid_horizon_of(const std::vector<std::string>& options) {
  return read_valid_horizon(value_of_option(options, kValidHorizonOption)).value_or(kBeginningOfTime);
}

uint64_t horizon_of(const std::vector<std::string>& options) {
  return read_horizon(value_of_option(options, kHorizonOption)).value_or(0);
}

std::vector<std::string> without_option(std::vector<std::string> options, std::string_view name) {
  std::erase_if(options, [&](const std::string& text) { return is_named(text, name); });
  return options;
}

Result<TableOptions> split_options(const std::vector<std::string>& arguments) {
  TableOptions options;
  for (const std::string& argument : arguments) {
    if (const std::optional<Option> option = option_of(argument)) {
      SPECTRADB_RETURN_IF_ERROR(set_option(options, *option));
      options.texts.push_back(argument);
    } else {
      options.definitions.push_back(argument);
    }
  }
  if (options.form == DefinitionForm::kLiterals)
    std::transform(options.definitions.begin(), options.definitions.end(), options.definitions.begin(),
                   without_quotes);
  return options;
}

}  // namespace spectradb::temporal
