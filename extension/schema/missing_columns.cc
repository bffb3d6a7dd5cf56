#include "extension/schema/missing_columns.h"

#include <memory>
#include <vector>

#include "temporal/row_codec.h"

namespace spectradb::extension {

using temporal::RowReader;
using temporal::Value;

namespace {

class JudgedColumns : public temporal::GeneratedColumns {
 public:
  explicit JudgedColumns(Definition definition) : definition_(std::move(definition)) {}

  Result<Value> compute(RowReader& row, int column) override {
    if (judge_ == nullptr) {
      SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<RowJudge> judge,
                                 RowJudge::make(definition_, RowJudge::Checks::kIgnored));
      judge_ = std::move(judge);
    }
    const std::vector<temporal::Column>& columns = definition_.schema.columns;
    values_.assign(columns.size(), Value::null());
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].is_generated) continue;
      Result<Value> value = row.column(static_cast<int>(i));
      if (!value) return value;
      values_[i] = *value;
    }
    const Status status = judge_->judge(values_);
    // NOT NULL did not apply when the row was written.
    if (status.code() == Code::kConstraint) return Value::null();
    if (!status) return status;
    return values_[static_cast<size_t>(column)];
  }

 private:
  const Definition definition_;
  std::unique_ptr<RowJudge> judge_;
  std::vector<Value> values_;
};

}  // namespace

void compute_missing_columns(Definition& definition) {
  bool has_generated = false;
  for (const temporal::Column& column : definition.schema.columns)
    has_generated = has_generated || column.is_generated;
  if (!has_generated || definition.schema.payload.empty()) return;
  definition.schema.generated = std::make_shared<JudgedColumns>(definition);
}

}  // namespace spectradb::extension
