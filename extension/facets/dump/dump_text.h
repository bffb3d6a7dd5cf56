// Writes a database as SQL that makes it anew with all of its history: schema and rows of ordinary tables,
// temporal tables and their indexes, and then commit after commit as it was, with time, notes and facts.
// The text runs in every host where the extension is loaded (dump_functions.h). Statements are made one by
// one, and memory holds no more than one window of facts needs. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/functions/facts_in_order.h"
#include "extension/host/query.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "temporal/row_codec.h"

namespace spectradb::extension::dump {

class DumpText {
 public:
  DumpText(Connection& connection, std::string schema);
  ~DumpText();

  // Begins the dump; kInvalid where the host does not let something be read, or the transaction has written
  // facts.
  Status open();
  Result<bool> next(std::string& sql);  // false at the end

 private:
  enum class Phase : uint8_t { kRows, kCommits, kFacts, kRest, kEnd };
  struct TableRows {
    std::string table;
    std::vector<std::string> columns;
    bool replaces = false;  // replaces what making another table has put there
  };
  class FactText;

  Status check_readable();
  Status add_settings();
  Status begin_schema();
  Status add_table(const std::string& name, const std::string& sql, const std::string& kind);
  Status add_rows_of(const std::string& table, bool replaces);
  Status add_temporal_tables();
  Status open_facts();
  Status go_on();
  Status next_row();
  Status next_commit();
  Status next_fact();
  Status add_notes();
  Status add_rest();
  Status add_sequence();
  Status add_consumers();
  void add(std::string sql) { waiting_.push_back(std::move(sql)); }

  Connection& connection_;
  const std::string schema_;
  std::shared_ptr<Database> database_;
  std::unique_ptr<Query> snapshot_;  // holds SQLite's snapshot until the end of the dump
  Phase phase_ = Phase::kRows;
  std::deque<std::string> waiting_;
  std::deque<TableRows> ordinary_;
  std::unique_ptr<Query> rows_;  // rows of the first of ordinary_
  std::string insert_;           // the INSERT for these rows, up to the values
  std::vector<TemporalTable> tables_;
  std::vector<std::unique_ptr<FactText>> texts_;
  FactReader reader_;
  FactsInOrder facts_;
  uint64_t commit_ = 0;  // the commit that is being written
  uint64_t last_commit_ = 0;
  std::unique_ptr<Query> notes_;  // null where no commit has any
};

}  // namespace spectradb::extension::dump
