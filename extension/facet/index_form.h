// CREATE WORD INDEX, the statement of a kind of indexes that has one of its own (index_kind.h), as it becomes CREATE INDEX
// on a call of the kind's function:
//
//   CREATE WORD INDEX [IF NOT EXISTS] [schema.]name ON table (…) … [WITH (name = value, …)]
//   -> CREATE INDEX [IF NOT EXISTS] [schema.]name ON table (function(argument, …, 'name=value', …))
//
// The statement is read from its beginning to its end; each step adds what it has read to the arguments. Errors say how
// the statement is written. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

class IndexForm {
 public:
  // `word` is in capitals; `usage` is how the whole statement is written.
  IndexForm(const sql::Reader& reader, sql::Span statement, std::string_view word, std::string_view usage)
      : reader_(reader), at_(statement.begin), end_(statement.end), word_(word), usage_(usage) {}

  bool is_meant() const;
  Status read_beginning();  // up to the table
  Status read_column();     // (name)
  // (name, …). What is wrong without a parenthesis, and without a name.
  Status read_columns(const std::string& no_parenthesis, const std::string& no_name);
  bool take_words(std::string_view first, std::string_view second);
  void add(std::string argument);
  Status read_options();  // where there are some
  // The statement in SQLite's SQL; nothing may come behind what was read. `way_out` ends the message about a table
  // that is not temporal.
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
};

}  // namespace spectradb::extension
