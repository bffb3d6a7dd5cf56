// Reads CREATE WORD INDEX, the statement of an index kind that has one of its own (index_kind.h), and turns
// it into CREATE INDEX on a call of the kind's function:
//
//   CREATE WORD INDEX [IF NOT EXISTS] [schema.]name ON table (…) … [WITH (name = value, …)]
//   -> CREATE INDEX [IF NOT EXISTS] [schema.]name ON table (function(argument, …, 'name=value', …))
//
// The caller reads the statement from beginning to end; each step adds to the arguments. Errors say how the
// statement is written. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

class IndexForm {
 public:
  // `word` is in capitals; `usage` shows the syntax of the whole statement.
  IndexForm(const sql::Reader& reader, sql::Span statement, std::string_view word, std::string_view usage)
      : reader_(reader), at_(statement.begin), end_(statement.end), word_(word), usage_(usage) {}

  bool is_meant() const;
  Status read_beginning();  // up to the table
  Status read_column();     // (name)
  // Reads (name, …). The arguments are the messages for a missing parenthesis and a missing name.
  Status read_columns(const std::string& no_parenthesis, const std::string& no_name);
  bool take_words(std::string_view first, std::string_view second);
  void add(std::string argument);
  Status read_options();                     // no-op without options
  bool says(std::string_view option) const;  // of those that were read
  // Returns the statement in SQLite's SQL; nothing may follow what was read. `way_out` ends the message about
  // a table that is not temporal.
  Result<std::optional<std::string>> rewrite(std::string_view function, sql::Catalog& catalog,
                                             std::string_view way_out) const;

 private:
  Status wrong(const std::string& what) const;
  std::string statement() const { return "CREATE " + std::string(word_) + " INDEX"; }
  Status read_end();  // of a parenthesis

  const sql::Reader& reader_;
  size_t at_;
  const size_t end_;
  const std::string_view word_;
  const std::string_view usage_;
  bool may_exist_ = false;
  std::string schema_;
  std::string name_;
  std::string table_;
  std::string arguments_;
  std::vector<std::string> options_;  // their names
};

}  // namespace spectradb::extension
