// Parses COPY, with PostgreSQL's words and defaults, and options for what PostgreSQL lacks.
//
//   COPY [schema.]table [(column, …)] FROM 'file' [[WITH] (option, …)]
//   COPY [schema.]table [(column, …)] TO 'file' [[WITH] (option, …)]
//   COPY (query) TO 'file' [[WITH] (option, …)]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/statements/statement_form.h"

namespace spectradb::extension::copy {

struct CopyOptions {
  enum class Format : uint8_t { kCsv, kText, kJsonLines, kParquet };
  enum class Header : uint8_t { kNone, kThere, kMatch };
  enum class OnConflict : uint8_t { kError, kIgnore, kReplace };
  enum class Compression : uint8_t { kNone, kGzip, kZstd };

  Format format = Format::kCsv;
  Compression compression = Compression::kNone;
  Header header = Header::kNone;
  char delimiter = ',';
  char quote = '"';
  char escape = '"';
  std::string null_text;
  std::string valid_from;  // columns of the file that have the bounds of valid time; empty: none
  std::string valid_to;
  std::string system_from;  // columns of the file that have the bounds of system time (versions_in.h)
  std::string system_to;
  OnConflict on_conflict = OnConflict::kError;
  bool rejects = false;  // rows that cannot be taken are skipped
  std::optional<int64_t> reject_limit;
  std::string rejects_table;  // a table's name as SQL; empty: rejected rows are only counted
  int64_t commit_every = 0;   // so many rows make a commit; zero: all make one
  bool may_overwrite = false;
  bool history = false;  // all facts of the table, with their commits (copy_rows.h)
};

struct CopyStatement {
  bool is_from = false;
  std::string schema;  // empty: where SQLite finds the table
  std::string table;
  std::vector<std::string> columns;
  std::string query;  // a query instead of a table
  std::string file;
  CopyOptions options;
};

// Parses the statement; kInvalid says what is wrong.
Result<CopyStatement> read_copy_statement(std::string_view text);

// kInvalid where rows are to be read from a file that COPY can only write.
Status check_readable(const CopyOptions& options, const std::string& file);

// Reads options alone: "FORMAT csv, HEADER". The options that the file's name implies are set before them.
Result<CopyOptions> read_copy_options(const std::string& file, std::string_view text);

// COPY becomes SELECT spectradb_copy('COPY …').
extern const sql::StatementForm kCopyForm;

}  // namespace spectradb::extension::copy
