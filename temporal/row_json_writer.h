// Writes row after row of one table as JSON text, the same as append_row_json() does, with little work for each: what goes
// before each value is made once, columns are found by a ColumnWalk, and short values are written into a
// buffer that stays. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/column_walk.h"
#include "temporal/row_codec.h"
#include "temporal/schema.h"

namespace spectradb::temporal {

class RowJsonWriter {
 public:
  // Both stay alive and unchanged. `hidden` says for each column whether it is shown as null; empty: none.
  RowJsonWriter(const TableSchema& schema, const std::vector<bool>& hidden);

  // The text lives until the next call.
  Result<std::string_view> write(std::string_view user_key, std::string_view payload);

 private:
  struct Shown {
    int column;
    bool is_hidden;
    bool is_json;
    size_t size;         // of what is before, without the blanks at its end
    std::string before;  // the column's name, and what stands around it
  };

  Status write_value(const Shown& shown);
  void put_before(const Shown& shown);
  void put(std::string_view bytes);
  void put_text(std::string_view text);
  void put_other(const Value& value);
  // Afterwards there are so many bytes behind at_.
  void make_room(size_t bytes) {
    if (buffer_.size() - at_ < bytes) buffer_.resize(2 * buffer_.size() + bytes);
  }

  std::vector<Shown> shown_;
  ColumnWalk walk_;
  RowReader reader_;  // is bound to a row where the walk does not find a column
  bool is_bound_ = false;
  std::string_view user_key_;
  std::string_view payload_;
  std::string buffer_;  // as large as it was needed
  size_t at_ = 0;       // behind what was written
  std::string other_;
};

}  // namespace spectradb::temporal
