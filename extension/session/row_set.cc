#include "extension/session/row_set.h"

#include "extension/host/values.h"

namespace spectradb::extension {

temporal::Value RowSet::Row::value(size_t column) const {
  temporal::Value value = values[column];
  value.bytes = is_large(column) ? large[column].view() : std::string_view(bytes[column]);
  return value;
}

void RowSet::Row::give(sqlite3_context* context, size_t column) const {
  if (!is_large(column)) return extension::give(context, value(column));
  values[column].type == temporal::Value::Type::kText ? large[column].give_text(context)
                                                      : large[column].give_blob(context);
}

void RowSet::add(const Table& table, const std::vector<temporal::Value>& values, int64_t integer_key,
                 uint64_t system_from, const temporal::Period& period, const RowSets* shown) {
  table_ = &table;
  Row& row = rows_.emplace_back();
  row.values = is_counting_ ? std::vector<temporal::Value>(values.size()) : values;
  row.bytes.resize(values.size());
  for (size_t i = 0; i < values.size() && !is_counting_; ++i) {
    if (values[i].bytes.size() < kSharedBytes) {
      row.bytes[i].assign(values[i].bytes);
      continue;
    }
    row.large.resize(values.size());
    if (shown != nullptr) row.large[i] = shown->shared(values[i].bytes);
    if (!row.is_large(i)) row.large[i] = SharedBytes(values[i].bytes);
  }
  row.integer_key = integer_key;
  row.system_from = system_from;
  row.period = period;
}

void RowSet::let_go(size_t column) {
  Row& row = rows_.front();
  if (row.is_large(column)) row.large[column] = {};
}

int64_t RowSets::keep(std::shared_ptr<RowSet> rows) {
  kept_[next_] = std::move(rows);
  return next_++;
}

std::shared_ptr<RowSet> RowSets::take(int64_t number, const Table& table) {
  auto found = kept_.find(number);
  if (found == kept_.end() || (found->second->table() != nullptr && found->second->table() != &table))
    return nullptr;
  std::shared_ptr<RowSet> rows = std::move(found->second);
  kept_.erase(found);
  return rows;
}

// While a value lives, no other one begins where it does.
SharedBytes RowSets::shared(std::string_view bytes) const {
  const std::shared_ptr<RowSet> rows = shown_.lock();
  if (rows == nullptr || shown_row_ >= rows->rows().size()) return {};
  for (const SharedBytes& large : rows->rows()[shown_row_].large)
    if (large.view().data() == bytes.data() && large.view().size() == bytes.size()) return large;
  return {};
}

}  // namespace spectradb::extension
