#include "extension/read/plan_key.h"

#include <algorithm>

#include "extension/host/values.h"
#include "extension/read/own_like.h"
#include "extension/read/prefix_condition.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/twin.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Collation;
using temporal::Column;
using temporal::IndexPart;
using temporal::IndexSchema;

namespace {

// Comparisons on columns of numeric affinity mean the same whatever is on the other side, so SQLite need
// not check them again. Comparing text with numbers depends on where the number comes from, which only
// SQLite knows.
bool is_exact(const IndexPart& part) { return temporal::is_numeric(part.affinity); }

// Whether matching keys lie together: LIKE ignores the case of ASCII letters, GLOB and spectradb_prefix() do not.
bool is_prefix_pattern(unsigned char op, const IndexPart& part) {
  if (part.affinity != Affinity::kText || part.is_descending) return false;
  if (op == SQLITE_INDEX_CONSTRAINT_LIKE || op == prefix_operator())
    return part.collation != Collation::kRTrim;
  return op == SQLITE_INDEX_CONSTRAINT_GLOB && part.collation == Collation::kBinary;
}

}  // namespace

PlanKey::PlanKey(const PlannedTable& table, const IndexSchema* index, PlanQuestion& question, Plan& plan)
    : schema_(table.schema),
      index_(index),
      db_(table.db),
      visible_(static_cast<int>(table.schema.columns.size())),
      question_(question),
      plan_(plan),
      path_(sorted_columns()) {}

std::vector<IndexPart> PlanKey::sorted_columns() const {
  std::vector<IndexPart> parts;
  if (index_ != nullptr) parts = index_->entry_parts();
  for (const int column : schema_.key_columns) {
    const Column& key = schema_.columns[static_cast<size_t>(column)];
    parts.push_back({column, key.affinity, key.collation, false});
  }
  if (schema_.key_columns.empty())
    parts.push_back({visible_ + kRowid, Affinity::kInteger, Collation::kBinary, false});
  return parts;
}

void PlanKey::take() {
  bool has_list = false;
  for (const IndexPart& part : path_) {
    const int found = find_equality(part);
    // SQLite loops over further lists, and compares each value with what the row has as they are: in a column without
    // affinity it would miss the texts that a list of numbers is equal to.
    const bool is_further_list = found >= 0 && has_list && question_.is_list(found);
    if (found < 0 || (is_further_list && part.affinity == Affinity::kBlob)) {
      take_range(part);
      return;
    }
    Plan::KeyValue value;
    const bool is_null = constraint(found).op == SQLITE_INDEX_CONSTRAINT_ISNULL;
    value.matches_null = is_null || constraint(found).op == SQLITE_INDEX_CONSTRAINT_IS;
    value.is_certain = is_null || part.column == IndexPart::kNoColumn || is_certain(found, part);
    // One list at a time can be walked in key order; SQLite itself loops over further ones.
    value.is_list = !has_list && question_.is_list(found);
    if (value.is_list) question_.take_as_list(found);
    has_list = has_list || value.is_list;
    value.argument = question_.take(found, (is_null || is_exact(part)) && !value.is_list && !may_widen_);
    may_widen_ = may_widen_ || (!is_exact(part) && !value.is_certain);
    question_.say(name_of(part.column) + (value.is_list ? " IN ?" : is_null ? " IS NULL" : "=?"));
    plan_.key.push_back(value);
  }
}

int PlanKey::find_equality(const IndexPart& part) const {
  if (part.column == IndexPart::kNoColumn) return find_condition();
  for (const int op :
       {SQLITE_INDEX_CONSTRAINT_EQ, SQLITE_INDEX_CONSTRAINT_IS, SQLITE_INDEX_CONSTRAINT_ISNULL}) {
    for (int i = 0; i < question_.count(); ++i) {
      if (constraint(i).op == op && is_usable_on(i, part)) return i;
    }
  }
  return -1;
}

// Finds the condition that entries are made for: a function of a column and a value, which SQLite checks, too.
int PlanKey::find_condition() const {
  const int op = SQLITE_INDEX_CONSTRAINT_FUNCTION + index_->kind - 1;
  for (int i = 0; i < question_.count(); ++i) {
    if (question_.is(i, index_->parts.front().column, op) && constraint(i).usable && !question_.is_taken(i))
      return i;
  }
  return -1;
}

void PlanKey::take_range(const IndexPart& part) {
  plan_.admits_blobs = has_pattern_on(part.column);
  for (int i = 0; i < question_.count(); ++i) {
    if (!is_usable_on(i, part)) continue;
    const unsigned char op = constraint(i).op;
    const bool is_lower = op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE;
    const bool is_upper = op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;
    if (is_lower || is_upper) {
      Plan::KeyBound& bound = is_lower ? plan_.lower : plan_.upper;
      if (bound.argument != Plan::kNone) continue;
      bound.is_inclusive = op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_LE;
      bound.is_certain = is_certain(i, part);
      bound.argument =
          question_.take(i, is_exact(part) && !may_widen_ && is_in_key_order(part) && !plan_.admits_blobs);
      question_.say(name_of(part.column) + (is_lower ? ">" : "<") + (bound.is_inclusive ? "=?" : "?"));
    } else if (op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL && !plan_.is_not_null) {
      plan_.is_not_null = true;
      question_.take(i, false);
      question_.say(name_of(part.column) + " IS NOT NULL");
    } else if (is_prefix_pattern(op, part) && plan_.prefix_pattern == Plan::kNone) {
      plan_.is_like = op == SQLITE_INDEX_CONSTRAINT_LIKE;
      plan_.is_prefix = op == prefix_operator();
      plan_.is_own_like = plan_.is_like && part.collation == Collation::kNoCase && has_own_like(db_);
      plan_.prefix_pattern = question_.take(i, false);
      question_.say(plan_.is_prefix ? "spectradb_prefix(" + name_of(part.column) + ", ?)"
                                    : name_of(part.column) + (plan_.is_like ? " LIKE ?" : " GLOB ?"));
    }
  }
}

bool PlanKey::is_in_key_order() const {
  return std::all_of(path_.begin(), path_.end(),
                     [this](const IndexPart& part) { return is_in_key_order(part); });
}

bool PlanKey::is_whole() const {
  const bool is_unique = index_ != nullptr && index_->is_unique &&
                         std::none_of(plan_.key.begin(), plan_.key.end(), [](const Plan::KeyValue& value) {
                           return value.matches_null;
                         });  // NULLs are many
  return plan_.key.size() >= (is_unique ? index_->entry_parts().size() : path_.size());
}

bool PlanKey::is_usable_on(int i, const IndexPart& part) const {
  const int column = part.column;
  const int at = constraint(i).iColumn;
  const bool is_alias = at == visible_ + kRowid && schema_.has_integer_key;
  if (!constraint(i).usable || question_.is_taken(i)) return false;
  if (at != column && !(is_alias && (column == visible_ + kRowid || (schema_.key_columns.size() == 1 &&
                                                                     schema_.key_columns[0] == column)))) {
    return false;
  }
  // Keys are encoded for one collation, which patterns do not go by. A numeric column may hold text too; only
  // an integer key never does.
  if (is_pattern(i) || constraint(i).op == prefix_operator()) return true;
  const char* collation = question_.collation(i);
  const bool is_integer = schema_.has_integer_key && (is_alias || is_key(column));
  return is_integer || collation == nullptr ||
         sqlite3_stricmp(collation, collation_name(part.collation)) == 0;
}

// Whether the other side is a constant that compares with a column in one way only. A literal has no
// affinity, but the same value may come from a CAST, which has one. That would turn the column's texts into
// numbers, or its numbers into texts; such texts begin with a sign, a digit or "Inf".
bool PlanKey::is_certain(int i, const IndexPart& part) const {
  if (is_hidden(part.column)) return true;  // queries use it only beside operands without affinity
  sqlite3_value* given = nullptr;
  if (sqlite3_vtab_rhs_value(question_.info(), i, &given) != SQLITE_OK || given == nullptr) return false;
  const temporal::Value value = from_sqlite(given);
  if (value.type == temporal::Value::Type::kInteger || value.type == temporal::Value::Type::kReal)
    return false;
  if (value.type != temporal::Value::Type::kText || part.affinity == Affinity::kText) return true;
  if (constraint(i).op != SQLITE_INDEX_CONSTRAINT_EQ)
    return !value.bytes.empty() && static_cast<unsigned char>(value.bytes.front()) > 'I';
  std::string scratch;
  return value.bytes != "Inf" && value.bytes != "-Inf" &&
         temporal::apply_affinity(value, Affinity::kNumeric, scratch).type == temporal::Value::Type::kText;
}

bool PlanKey::is_in_key_order(const IndexPart& part) const {
  return !plan_.is_utf16 || part.collation != Collation::kBinary || is_integer_key(part.column);
}

// Whether the column is an INTEGER PRIMARY KEY or its rowid: such a column never holds text.
bool PlanKey::is_integer_key(int column) const {
  return schema_.has_integer_key && (column == visible_ + kRowid || is_key(column));
}

bool PlanKey::is_key(int column) const {
  return std::find(schema_.key_columns.begin(), schema_.key_columns.end(), column) !=
         schema_.key_columns.end();
}

// Whether an index on an expression made the column.
bool PlanKey::is_hidden(int column) const {
  return column >= 0 && column < visible_ && schema_.columns[static_cast<size_t>(column)].is_hidden;
}

bool PlanKey::is_pattern(int i) const {
  const unsigned char op = constraint(i).op;
  return op == SQLITE_INDEX_CONSTRAINT_LIKE || op == SQLITE_INDEX_CONSTRAINT_GLOB;
}

// Whether SQLite may have made bounds of a pattern. It leaves out blobs then, though both operators match them
// where it is built so (as Node's, not as Debian's).
bool PlanKey::has_pattern_on(int column) const {
  for (int i = 0; i < question_.count(); ++i) {
    if (is_pattern(i) && constraint(i).iColumn == column) return true;
  }
  return false;
}

std::string PlanKey::name_of(int column) const {
  if (column == IndexPart::kNoColumn) return name_of(index_->parts.front().column) + " has ";
  return name_of_column(schema_, column);
}

}  // namespace spectradb::extension
