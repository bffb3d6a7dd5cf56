#include "extension/facets/copy/copy_statement.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "extension/host/query.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::extension::copy {

using sql::Reader;
using sql::Span;
using Format = CopyOptions::Format;

namespace {

constexpr const char* kUsage =
    "COPY table [(columns)] FROM 'file' [WITH (options)], or COPY table | (query) TO 'file' [WITH (options)]";

Status not_copy(const std::string& what) { return Status::invalid("COPY: " + what + "; write " + kUsage); }

bool ends_with(const std::string& name, std::string_view suffix) {
  return name.size() >= suffix.size() &&
         sql::equals_word(std::string_view(name).substr(name.size() - suffix.size()), suffix);
}

// Sets the defaults that PostgreSQL has for a format.
void set_format(CopyOptions& options, Format format) {
  options.format = format;
  options.delimiter = format == Format::kText ? '\t' : ',';
  options.null_text = format == Format::kText ? "\\N" : "";
}

CopyOptions options_of_name(std::string name) {
  CopyOptions options;
  for (const auto& [suffix, compression] : {std::pair(".gz", CopyOptions::Compression::kGzip),
                                            std::pair(".zst", CopyOptions::Compression::kZstd)}) {
    if (!ends_with(name, suffix)) continue;
    options.compression = compression;
    name.resize(name.size() - std::string_view(suffix).size());
  }
  Format format = Format::kCsv;
  if (ends_with(name, ".tsv") || ends_with(name, ".txt")) format = Format::kText;
  if (ends_with(name, ".jsonl") || ends_with(name, ".ndjson")) format = Format::kJsonLines;
  if (ends_with(name, ".parquet")) format = Format::kParquet;
  set_format(options, format);
  return options;
}

class CopyReader {
 public:
  CopyReader(const Reader& reader, size_t at, size_t end) : reader_(reader), at_(at), end_(end) {}

  Result<CopyStatement> read_statement();
  Status read_options(CopyOptions& options);
  bool is_at_end() const { return at_ >= end_; }
  std::string here() const { return is_at_end() ? "the end" : "'" + std::string(reader_.text(at_)) + "'"; }

 private:
  Status read_subject(CopyStatement& statement);
  Status read_option(CopyOptions& options);
  Status check_option(const std::string& name);
  bool is_old_option() const;
  static Status check_signs(const CopyOptions& options);
  Status read_flag(const std::string& name, bool& flag);
  Result<std::string> read_value(const std::string& name);
  Result<char> read_letter(const std::string& name);
  Result<int64_t> read_count(const std::string& name, int64_t least);
  bool has_value() const {
    return at_ < end_ && !reader_.is_operator(at_, ",") && !reader_.is_operator(at_, ")");
  }

  const Reader& reader_;
  size_t at_;
  const size_t end_;
  bool has_escape_ = false;
  bool has_quote_ = false;
  std::vector<std::string> given_;  // the options so far
};

Status CopyReader::read_subject(CopyStatement& statement) {
  if (reader_.is_operator(at_, "(")) {
    const size_t behind = reader_.behind_parenthesis(at_, end_);
    if (behind >= end_ || behind <= at_ + 2 || !reader_.starts_query(at_ + 1))
      return not_copy("in the parentheses stands a query");
    statement.query = reader_.text(Span{at_ + 1, behind - 1});
    at_ = behind;
    return Status::ok();
  }
  if (!reader_.take_name(at_, statement.schema, statement.table))
    return not_copy("it names a table, not " + here());
  if (!reader_.is_operator(at_, "(")) return Status::ok();
  do {
    ++at_;
    if (!reader_.is_name(at_)) return not_copy("the parentheses have names of columns, not " + here());
    statement.columns.push_back(reader_.name(at_++));
  } while (reader_.is_operator(at_, ","));
  if (!reader_.is_operator(at_, ")")) return not_copy("a parenthesis is not closed before " + here());
  ++at_;
  return Status::ok();
}

// What COPY says when it is done would stand behind the file on standard output.
Status check_parquet(const CopyStatement& statement) {
  if (statement.is_from) return check_readable(statement.options, statement.file);
  if (statement.options.format != Format::kParquet) return Status::ok();
  if (statement.file == "-")
    return Status::invalid("COPY: Parquet is written to a file that has a name, not to standard output");
  if (statement.options.compression == CopyOptions::Compression::kNone) return Status::ok();
  return Status::invalid("COPY: Parquet compresses its own pages: leave .gz or .zst off the name \"" +
                         statement.file + "\"");
}

// A history is of a whole table, and each of its commits becomes a commit.
Status check_history(const CopyStatement& statement) {
  const CopyOptions& options = statement.options;
  if (!options.history) return Status::ok();
  if (!statement.query.empty() || !statement.columns.empty())
    return Status::invalid(
        "COPY: HISTORY is that of a whole table, without a list of columns and not of a query");
  const bool has_others = options.rejects || options.commit_every > 0 || !options.valid_from.empty() ||
                          !options.valid_to.empty() || options.on_conflict != CopyOptions::OnConflict::kError;
  if (!has_others) return Status::ok();
  return Status::invalid(
      "COPY: HISTORY goes with FORMAT, HEADER, DELIMITER, QUOTE, ESCAPE, NULL and OVERWRITE; its facts are "
      "taken "
      "as they are, commit by commit");
}

// Versions of rows become commits, each at its time.
Status check_versions(const CopyStatement& statement) {
  const CopyOptions& options = statement.options;
  if (options.system_from.empty() && options.system_to.empty()) return Status::ok();
  if (options.system_from.empty())
    return Status::invalid(
        "COPY: SYSTEM_TO needs SYSTEM_FROM, the column with the times at which versions begin");
  if (!statement.is_from)
    return Status::invalid("COPY: SYSTEM_FROM is an option of FROM; HISTORY is that of TO");
  const bool has_others = options.history || options.rejects || options.commit_every > 0 ||
                          !options.valid_from.empty() || !options.valid_to.empty() ||
                          options.on_conflict != CopyOptions::OnConflict::kError;
  if (!has_others) return Status::ok();
  return Status::invalid(
      "COPY: SYSTEM_FROM and SYSTEM_TO go with FORMAT, HEADER, DELIMITER, QUOTE, ESCAPE and NULL; each time "
      "of "
      "the file becomes a commit");
}

// Options that PostgreSQL also reads without parentheses.
bool CopyReader::is_old_option() const {
  static constexpr std::string_view kWords[] = {"CSV",   "HEADER", "DELIMITER", "DELIMITERS", "NULL",
                                                "QUOTE", "ESCAPE", "FORMAT",    "BINARY",     "ENCODING"};
  return !is_at_end() && reader_.is_any_word(at_, kWords);
}

Result<CopyStatement> CopyReader::read_statement() {
  CopyStatement statement;
  SPECTRADB_RETURN_IF_ERROR(read_subject(statement));
  statement.is_from = reader_.is_word(at_, "FROM");
  if (!statement.is_from && !reader_.is_word(at_, "TO"))
    return not_copy("FROM or TO is missing before " + here());
  if (statement.is_from && !statement.query.empty()) return not_copy("a query cannot be written to");
  ++at_;
  if (reader_.is_word(at_, "PROGRAM")) return not_copy("programs are not run");
  if (reader_.is_word(at_, "STDIN") || reader_.is_word(at_, "STDOUT")) {
    statement.file = "-";
  } else if (reader_.kind(at_) == sql::TokenKind::kString) {
    statement.file = reader_.name(at_);
  } else {
    return not_copy("the file is a name in quotes, not " + here());
  }
  ++at_;
  if (statement.file.empty()) return not_copy("the file has no name");
  statement.options = options_of_name(statement.file);
  if (reader_.is_word(at_, "WITH")) ++at_;
  if (reader_.is_operator(at_, "(")) {
    ++at_;
    SPECTRADB_RETURN_IF_ERROR(read_options(statement.options));
    if (!reader_.is_operator(at_, ")")) return not_copy("a parenthesis is not closed before " + here());
    ++at_;
  }
  if (is_old_option())
    return Status::invalid("COPY: options stand in parentheses: WITH (FORMAT csv, HEADER, DELIMITER ';')");
  if (!is_at_end()) return not_copy("it does not go on with " + here());
  if (statement.is_from && statement.options.may_overwrite)
    return Status::invalid("COPY: OVERWRITE is an option of TO: FROM writes no file");
  SPECTRADB_RETURN_IF_ERROR(check_parquet(statement));
  SPECTRADB_RETURN_IF_ERROR(check_history(statement));
  SPECTRADB_RETURN_IF_ERROR(check_versions(statement));
  return statement;
}

Status CopyReader::read_options(CopyOptions& options) {
  // FORMAT is read first, wherever it is, because it decides the defaults of the other options.
  const size_t first = at_;
  for (size_t i = first; i + 1 < end_; ++i) {
    if (!reader_.is_word(i, "FORMAT") || (i > first && !reader_.is_operator(i - 1, ","))) continue;
    const std::string name = sql::lowered(reader_.name(i + 1));
    if (name == "csv") {
      set_format(options, Format::kCsv);
    } else if (name == "text" || name == "tsv") {
      set_format(options, Format::kText);
    } else if (name == "jsonl" || name == "ndjson") {
      set_format(options, Format::kJsonLines);
    } else if (name == "parquet") {
      set_format(options, Format::kParquet);
    } else {
      return Status::invalid("COPY format \"" + name +
                             "\" not recognized: it is csv, text, tsv, jsonl or parquet");
    }
  }
  if (reader_.is_operator(at_, ")") || is_at_end()) return Status::ok();
  for (;;) {
    SPECTRADB_RETURN_IF_ERROR(read_option(options));
    if (!reader_.is_operator(at_, ",")) break;
    ++at_;
  }
  if (has_quote_ && !has_escape_) options.escape = options.quote;
  const bool has_names = options.format == Format::kJsonLines || options.format == Format::kParquet;
  if (has_names && options.header != CopyOptions::Header::kNone)
    return Status::invalid(options.format == Format::kParquet ? "COPY: Parquet has no HEADER"
                                                              : "COPY: JSON lines have no HEADER");
  if (!has_names && options.delimiter == options.quote && options.format == Format::kCsv)
    return Status::invalid("COPY delimiter and quote must be different");
  if (!has_names) SPECTRADB_RETURN_IF_ERROR(check_signs(options));
  if (options.rejects_table.empty() && !options.reject_limit) return Status::ok();
  options.rejects = true;
  return Status::ok();
}

// As in PostgreSQL: signs that mean something else would make files that cannot be read back.
Status CopyReader::check_signs(const CopyOptions& options) {
  constexpr std::string_view kLettersBehindBackslash = "\\.abcdefghijklmnopqrstuvwxyz0123456789";
  const std::string& null = options.null_text;
  if (options.format == Format::kText &&
      kLettersBehindBackslash.find(options.delimiter) != std::string_view::npos)
    return Status::invalid("COPY delimiter cannot be \"" + std::string(1, options.delimiter) + "\"");
  if (null.find_first_of("\r\n") != std::string::npos)
    return Status::invalid("COPY null representation cannot use newline or carriage return");
  if (null.find(options.delimiter) != std::string::npos)
    return Status::invalid("COPY delimiter character must not appear in the NULL specification");
  if (options.format == Format::kCsv && null.find(options.quote) != std::string::npos)
    return Status::invalid("CSV quote character must not appear in the NULL specification");
  return Status::ok();
}

Result<std::string> CopyReader::read_value(const std::string& name) {
  if (!has_value()) return not_copy("option " + name + " needs a value");
  if (reader_.is_name(at_)) return reader_.name(at_++);
  return std::string(reader_.text(at_++));
}

Result<char> CopyReader::read_letter(const std::string& name) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string value, read_value(name));
  const std::string letter = value == "\\t" ? "\t" : value;
  if (letter.size() != 1 || letter == "\n" || letter == "\r")
    return Status::invalid("COPY " + sql::lowered(name) + " must be a single one-byte character");
  return letter[0];
}

Result<int64_t> CopyReader::read_count(const std::string& name, int64_t least) {
  std::string sign;
  if (reader_.is_operator(at_, "-")) sign = reader_.text(at_++);
  SPECTRADB_ASSIGN_OR_RETURN(const std::string value, read_value(name));
  int64_t count = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), count);
  if (sign.empty() && read.ec == std::errc() && read.ptr == value.data() + value.size() && count >= least)
    return count;
  return Status::invalid("COPY: " + name + " is a whole number from " + std::to_string(least) + " on, not '" +
                         sign + value + "'");
}

Status CopyReader::read_flag(const std::string& name, bool& flag) {
  flag = true;
  if (!has_value()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string value, read_value(name));
  const std::string word = sql::lowered(value);
  flag = word == "true" || word == "on" || word == "1";
  if (flag || word == "false" || word == "off" || word == "0") return Status::ok();
  return Status::invalid("COPY: " + name + " requires a Boolean value, not '" + value + "'");
}

// A name is looked at before its value, since a mistyped flag has none that could be missing.
Status CopyReader::check_option(const std::string& name) {
  constexpr std::string_view kOptions[] = {
      "FORMAT",   "HEADER",       "DELIMITER", "QUOTE",        "ESCAPE",    "NULL",
      "ENCODING", "VALID_FROM",   "VALID_TO",  "SYSTEM_FROM",  "SYSTEM_TO", "ON_CONFLICT",
      "ON_ERROR", "REJECT_LIMIT", "REJECTS",   "COMMIT_EVERY", "HISTORY",   "OVERWRITE"};
  if (std::find(std::begin(kOptions), std::end(kOptions), name) == std::end(kOptions)) {
    std::string all;
    for (const std::string_view option : kOptions) (all += all.empty() ? "" : ", ") += option;
    return Status::invalid("option \"" + sql::lowered(name) + "\" not recognized: COPY has " + all);
  }
  if (std::find(given_.begin(), given_.end(), name) != given_.end())
    return Status::invalid("COPY: conflicting or redundant options: " + name + " is given twice");
  given_.push_back(name);
  return Status::ok();
}

Status CopyReader::read_option(CopyOptions& options) {
  if (!reader_.is_name(at_)) return not_copy("an option has a name, not " + here());
  std::string name = sql::lowered(reader_.name(at_++));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  SPECTRADB_RETURN_IF_ERROR(check_option(name));
  if (name == "FORMAT") return read_value(name).status();  // was read before all other options
  if (name == "HEADER") {
    options.header = CopyOptions::Header::kThere;
    if (reader_.is_word(at_, "MATCH")) {
      ++at_;
      options.header = CopyOptions::Header::kMatch;
      return Status::ok();
    }
    bool flag = true;
    SPECTRADB_RETURN_IF_ERROR(read_flag(name, flag));
    if (!flag) options.header = CopyOptions::Header::kNone;
    return Status::ok();
  }
  const bool is_of_text = name == "DELIMITER" || name == "QUOTE" || name == "ESCAPE" || name == "NULL";
  if (is_of_text && options.format == Format::kParquet)
    return Status::invalid("COPY: " + name + " is about files of text, and Parquet is none");
  if (name == "OVERWRITE") return read_flag(name, options.may_overwrite);
  if (name == "HISTORY") return read_flag(name, options.history);
  if (name == "DELIMITER" || name == "QUOTE" || name == "ESCAPE") {
    SPECTRADB_ASSIGN_OR_RETURN(const char letter, read_letter(name));
    (name == "DELIMITER" ? options.delimiter : name == "QUOTE" ? options.quote : options.escape) = letter;
    has_quote_ = has_quote_ || name == "QUOTE";
    has_escape_ = has_escape_ || name == "ESCAPE";
    return Status::ok();
  }
  if (name == "REJECT_LIMIT") {
    SPECTRADB_ASSIGN_OR_RETURN(options.reject_limit, read_count(name, 0));
    return Status::ok();
  }
  if (name == "COMMIT_EVERY") {
    SPECTRADB_ASSIGN_OR_RETURN(options.commit_every, read_count(name, 1));
    return Status::ok();
  }
  if (name == "REJECTS") {
    std::string schema;
    std::string table;
    if (!reader_.take_name(at_, schema, table)) return not_copy("REJECTS names a table, not " + here());
    options.rejects_table = (schema.empty() ? "" : quoted(schema) + ".") + quoted(table);
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string value, read_value(name));
  const std::string word = sql::lowered(value);
  if (value.empty() && name != "NULL") return not_copy("option " + name + " needs a value");
  if (name == "NULL") {
    options.null_text = value;
  } else if (name == "VALID_FROM") {
    options.valid_from = value;
  } else if (name == "VALID_TO") {
    options.valid_to = value;
  } else if (name == "SYSTEM_FROM") {
    options.system_from = value;
  } else if (name == "SYSTEM_TO") {
    options.system_to = value;
  } else if (name == "ON_CONFLICT" && (word == "error" || word == "ignore" || word == "replace")) {
    options.on_conflict = word == "error"    ? CopyOptions::OnConflict::kError
                          : word == "ignore" ? CopyOptions::OnConflict::kIgnore
                                             : CopyOptions::OnConflict::kReplace;
  } else if (name == "ON_ERROR" && (word == "stop" || word == "reject" || word == "ignore")) {
    options.rejects = word != "stop";
  } else if (name == "ENCODING") {
    if (word != "utf8" && word != "utf-8")
      return Status::invalid("COPY reads and writes UTF-8, not '" + value + "'");
  } else if (name == "ON_CONFLICT") {
    return Status::invalid("COPY: ON_CONFLICT is error, ignore or replace, not '" + value + "'");
  } else if (name == "ON_ERROR") {
    return Status::invalid("COPY: ON_ERROR is stop or reject, not '" + value + "'");
  }
  return Status::ok();
}

// Does not check the text: errors are reported when the rewritten statement is prepared.
Result<std::optional<std::string>> rewrite_copy(const Reader& reader, Span statement, sql::Catalog&) {
  if (!reader.is_word(statement.begin, "COPY")) return std::optional<std::string>();
  const std::string_view text = reader.text(statement);
  SPECTRADB_RETURN_IF_ERROR(read_copy_statement(text).status());
  return std::optional("SELECT spectradb_copy(" + sql::string_literal(text) + ") AS rows");
}

constexpr std::string_view kCopyWords[] = {"COPY"};

}  // namespace

Result<CopyStatement> read_copy_statement(std::string_view text) {
  const Reader reader(text, sql::tokenize(text));
  size_t end = reader.size();
  while (end > 0 && reader.kind(end - 1) == sql::TokenKind::kSemicolon) --end;
  if (!reader.is_sound() || !reader.is_word(0, "COPY")) return not_copy("this is none");
  return CopyReader(reader, 1, end).read_statement();
}

Status check_readable(const CopyOptions& options, const std::string& file) {
  if (options.format != Format::kParquet) return Status::ok();
  return Status::invalid("COPY writes Parquet and does not read it: let DuckDB make CSV of \"" + file +
                         "\", or say FORMAT if it is something else");
}

Result<CopyOptions> read_copy_options(const std::string& file, std::string_view text) {
  CopyOptions options = options_of_name(file);
  const Reader reader(text, sql::tokenize(text));
  if (!reader.is_sound()) return not_copy("the options cannot be read");
  CopyReader copy(reader, 0, reader.size());
  SPECTRADB_RETURN_IF_ERROR(copy.read_options(options));
  if (!copy.is_at_end()) return not_copy("the options do not go on with " + copy.here());
  return options;
}

constinit const sql::StatementForm kCopyForm{kCopyWords, kCopyWords, rewrite_copy};

}  // namespace spectradb::extension::copy
