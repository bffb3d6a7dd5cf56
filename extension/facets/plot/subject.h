// Finds the table that a picture shows, and labels its rows. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/plot/options.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "temporal/row_codec.h"

namespace spectradb::extension::plot {

class Subject {
 public:
  // Opens the table, and asks the host's authorizer, as spectradb_history() does.
  static Result<std::unique_ptr<Subject>> open(Connection& connection, const temporal::Value& table,
                                               Options options, const char* function);

  const TemporalTable& table() const { return table_; }
  const temporal::TableSchema& schema() const { return table_.schema; }
  const FactReader& reader() const { return reader_; }
  const Options& options() const { return options_; }

  // Returns the key of a row, which need not exist; nothing where no row can have it. kInvalid where the host
  // hides keys.
  Result<std::optional<std::string>> find_key(const temporal::Value& key);
  // Returns labels, one for each column.
  Result<std::vector<std::string>> lines(std::string_view user_key, std::string_view payload);
  Result<std::string> key_text(std::string_view user_key);
  // Returns "commit 7, 2026-01-01 10:00:00".
  Result<std::string> commit_text(uint64_t commit);
  Result<std::string> time_text(uint64_t commit);  // to the second; empty for the open transaction

 private:
  Subject(TemporalTable table, Options options)
      : table_(std::move(table)), options_(std::move(options)), row_(table_.schema) {}
  Status choose_columns();
  bool is_hidden(int column) const {
    return !table_.hidden.empty() && table_.hidden[static_cast<size_t>(column)];
  }

  TemporalTable table_;
  Options options_;
  FactReader reader_;
  temporal::RowReader row_;
  std::vector<int> columns_;  // columns whose values are labels
};

// Gives equal labels the same number, and so the same colour: the place of `lines` in `known`, to which new
// ones are added.
size_t colour_of(std::vector<std::vector<std::string>>& known, const std::vector<std::string>& lines);

}  // namespace spectradb::extension::plot
