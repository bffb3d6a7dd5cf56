// The form in which a table shows its bounds of valid time: texts or integers, whatever was written. The
// table's option valid_form sets it, else the first bound that is written, in its commit. Facts are written
// in that form, so that readers have little to do. Belongs to one database; used by the thread that uses the
// connection.
//
//   _spectradb_meta: valid_form/<table id> = open | text | integer      made with the table; tables of before
//                                                                       have none, and show what was given
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/status.h"
#include "extension/facet/commit_part.h"
#include "temporal/instant.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Database;

class ValidForms : public CommitPart {
 public:
  explicit ValidForms(Database& database) : database_(database) {}

  Status add(uint32_t table_id, temporal::ValidForm form);
  Status remove(uint32_t table_id);
  Result<temporal::ValidForm> find(uint32_t table_id);

  struct Known {
    temporal::ValidForm form = temporal::ValidForm::kOpen;
    bool is_final = false;  // no rollback takes it back
  };
  // The form inside the open transaction.
  Result<Known> find_in_transaction(uint32_t table_id);
  // Call it for a fact that decides, before it is put into the batch, whose mark is `mark` then. The first
  // decision for a table counts.
  void decide(uint32_t table_id, temporal::ValidForm form, uint32_t mark);
  void take_back(uint32_t mark) override;
  Status write(uint64_t commit) override;
  void end() override;

 private:
  struct Decision {
    temporal::ValidForm form;
    uint32_t mark;
  };
  Status set(uint32_t table_id, temporal::ValidForm from, temporal::ValidForm to);

  Database& database_;
  std::map<uint32_t, Decision> decided_;
  std::set<uint32_t> recorded_;
};

// Returns a bound as the table shows it. Texts have the years 0000 to 9999: bounds outside stay numbers.
temporal::Bound in_form(const temporal::Bound& bound, temporal::ValidForm form);

// As to_bound() and to_period() (extension/host/values.h), but kInvalid also for a number that looks like
// seconds or milliseconds since 1970, unless the table declares that its times are numbers.
Result<temporal::Bound> to_bound_of(const temporal::TableSchema& schema, const temporal::Value& value,
                                    int64_t now_us);
Result<temporal::Period> to_period_of(const temporal::TableSchema& schema, const temporal::Value& from,
                                      const temporal::Value& to, int64_t now_us);
Status check_unit(const temporal::TableSchema& schema, const temporal::Bound& bound);

}  // namespace spectradb::extension
