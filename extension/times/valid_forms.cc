#include "extension/times/valid_forms.h"

#include <utility>

#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/schema/schema_change.h"
#include "extension/session/database.h"
#include "temporal/calendar.h"

namespace spectradb::extension {

using temporal::Bound;
using temporal::Period;
using temporal::TableSchema;
using temporal::ValidForm;
using temporal::Value;

namespace {

constexpr const char* kFormsTable = "_spectradb_meta";

std::string row_of(uint32_t table_id) { return "valid_form/" + std::to_string(table_id); }

std::string_view word_of(ValidForm form) {
  return form == ValidForm::kText ? "text" : form == ValidForm::kInteger ? "integer" : "open";
}

// An unknown word is not ours: such a table shows bounds as they were given.
ValidForm form_of(std::string_view word) {
  for (const ValidForm form : {ValidForm::kOpen, ValidForm::kText, ValidForm::kInteger})
    if (word_of(form) == word) return form;
  return ValidForm::kAsGiven;
}

}  // namespace

Status ValidForms::add(uint32_t table_id, ValidForm form) {
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query insert(database_.connection().handle(), "INSERT OR REPLACE INTO " + database_.qualified(kFormsTable) +
                                                    "(name, value) VALUES (?1, ?2)");
  return insert.bind(1, std::string_view(row_of(table_id))).bind(2, word_of(form)).run();
}

Status ValidForms::remove(uint32_t table_id) {
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query remove(database_.connection().handle(),
               "DELETE FROM " + database_.qualified(kFormsTable) + " WHERE name = ?1");
  return remove.bind(1, std::string_view(row_of(table_id))).run();
}

Result<ValidForm> ValidForms::find(uint32_t table_id) {
  Query query(database_.connection().handle(),
              "SELECT value FROM " + database_.qualified(kFormsTable) + " WHERE name = ?1");
  query.bind(1, std::string_view(row_of(table_id)));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? form_of(query.text(0)) : ValidForm::kAsGiven;
}

Result<ValidForms::Known> ValidForms::find_in_transaction(uint32_t table_id) {
  const auto decided = decided_.find(table_id);
  if (decided != decided_.end()) return Known{decided->second.form, false};
  if (recorded_.find(table_id) != recorded_.end()) return Known{ValidForm::kOpen, false};
  SPECTRADB_ASSIGN_OR_RETURN(const ValidForm form, find(table_id));
  return Known{form, form != ValidForm::kOpen};
}

void ValidForms::decide(uint32_t table_id, ValidForm form, uint32_t mark) {
  decided_.emplace(table_id, Decision{form, mark});
}

void ValidForms::take_back(uint32_t mark) {
  std::erase_if(decided_, [mark](const auto& decision) { return decision.second.mark >= mark; });
}

// Tables that were dropped meanwhile have no row.
Status ValidForms::set(uint32_t table_id, ValidForm from, ValidForm to) {
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query update(database_.connection().handle(), "UPDATE " + database_.qualified(kFormsTable) +
                                                    " SET value = ?1 WHERE name = ?2 AND value = ?3");
  return update.bind(1, word_of(to)).bind(2, std::string_view(row_of(table_id))).bind(3, word_of(from)).run();
}

// While the form is unknown, columns are declared as for texts.
Status ValidForms::write(uint64_t) {
  if (decided_.empty() && recorded_.empty()) return Status::ok();
  bool is_declared_anew = false;
  for (auto id = recorded_.begin(); id != recorded_.end();) {
    if (decided_.find(*id) != decided_.end()) {
      ++id;
      continue;
    }
    for (const ValidForm form : {ValidForm::kText, ValidForm::kInteger})
      SPECTRADB_RETURN_IF_ERROR(set(*id, form, ValidForm::kOpen));
    id = recorded_.erase(id);
  }
  for (const auto& [id, decision] : decided_) {
    const ValidForm other = decision.form == ValidForm::kText ? ValidForm::kInteger : ValidForm::kText;
    SPECTRADB_RETURN_IF_ERROR(set(id, ValidForm::kOpen, decision.form));
    if (!recorded_.insert(id).second) {
      SPECTRADB_RETURN_IF_ERROR(set(id, other, decision.form));
      continue;
    }
    is_declared_anew = is_declared_anew || decision.form == ValidForm::kInteger;
  }
  return is_declared_anew ? change_schema_number(database_) : Status::ok();
}

void ValidForms::end() {
  decided_.clear();
  recorded_.clear();
}

Bound in_form(const Bound& bound, ValidForm form) {
  const bool is_unbounded = bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime;
  if (is_unbounded || form == ValidForm::kAsGiven || form == ValidForm::kOpen) return bound;
  return {bound.us, form == ValidForm::kText && temporal::is_in_readable_years(bound.us)};
}

Status check_unit(const TableSchema& schema, const Bound& bound) {
  struct Unit {
    const char* name;
    int64_t least;
    int64_t most;
    int64_t us;  // microseconds of one unit
  };
  static constexpr Unit kUnits[] = {{"seconds", 1'000'000'000, 10'000'000'000, temporal::kUsPerSecond},
                                    {"milliseconds", 1'000'000'000'000, 10'000'000'000'000, 1000}};
  if (bound.as_text || schema.says_integers) return Status::ok();
  for (const Unit& unit : kUnits) {
    if (bound.us < unit.least || bound.us > unit.most) continue;
    const std::string number = std::to_string(bound.us);
    return Status::invalid("the time " + number + " of table " + schema.name + " looks like " + unit.name +
                           " since 1970, where integers are microseconds: write '" +
                           temporal::format_instant(bound.us * unit.us) +
                           "', or make the table WITH SYSTEM " +
                           "VERSIONING (valid_form = integer) if its times are such numbers");
  }
  return Status::ok();
}

Result<Bound> to_bound_of(const TableSchema& schema, const Value& value, int64_t now_us) {
  Result<Bound> bound = to_bound(value, now_us);
  if (bound) SPECTRADB_RETURN_IF_ERROR(check_unit(schema, *bound));
  return bound;
}

Result<Period> to_period_of(const TableSchema& schema, const Value& from, const Value& to, int64_t now_us) {
  if (from.is_null() && to.is_null()) return Period{};  // as of most rows
  Result<Period> period = to_period(from, to, now_us);
  if (!period) return period;
  SPECTRADB_RETURN_IF_ERROR(check_unit(schema, period->from));
  SPECTRADB_RETURN_IF_ERROR(check_unit(schema, period->to));
  return period;
}

}  // namespace spectradb::extension
