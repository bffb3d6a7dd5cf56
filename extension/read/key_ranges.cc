#include "extension/read/key_ranges.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "extension/host/values.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Collation;
using temporal::Value;

namespace {

bool is_number(const Value& value) {
  return value.type == Value::Type::kInteger || value.type == Value::Type::kReal;
}

// Whether this is an unconverted bound parameter, which has no affinity of its own. CAST(? AS INTEGER) counts
// as bound, too, but is no text.
bool is_bound_text(sqlite3_value* value) {
  return sqlite3_value_type(value) == SQLITE_TEXT && sqlite3_value_frombind(value) != 0;
}

// Returns the value as SQLite would compare it with a column of this affinity; nullopt when that depends on
// where the value comes from (a number against a text column), so that key order cannot help.
std::optional<Value> comparable(sqlite3_value* given, Affinity affinity, bool is_certain,
                                std::string& scratch) {
  const Value value = from_sqlite(given);
  if (temporal::is_numeric(affinity)) return temporal::apply_affinity(value, Affinity::kNumeric, scratch);
  if (value.type == Value::Type::kBlob) return value;
  if (affinity == Affinity::kText) {
    return is_number(value) ? std::nullopt : std::optional(value);
  }
  if (is_certain || is_bound_text(given)) return value;
  return std::nullopt;
}

// Text from a numeric column is greater than every number, but turns texts that it is compared with into
// numbers: '1' < 'a' and '5' < '-'. So where text may come from such a column, everything that may look like
// a number counts as below it.
std::string_view upper_text(sqlite3_value* given, bool is_certain, std::string_view text) {
  // Texts of numbers start with blanks, signs, a point or digits.
  constexpr std::string_view kBehindNumbers = ":";
  if (is_certain || is_bound_text(given)) return text;
  return std::max(text, kBehindNumbers);
}

// Returns the beginning that all texts matching the pattern share. SQLite reads a pattern up to a NUL.
std::string_view fixed_by_glob(std::string_view pattern) {
  constexpr std::string_view kEnds("*?[\0", 4);
  return pattern.substr(0, pattern.find_first_of(kEnds));
}

// LIKE ignores the case of ASCII letters, as NOCASE does, and with ICU that of other letters, too. What else a host's own LIKE
// takes for a letter is not known.
std::string_view fixed_by_like(std::string_view pattern, bool is_own_like) {
  const auto ends = [is_own_like](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    return c == '\0' || c == '%' || c == '_' || !is_ascii || (is_letter && !is_own_like);
  };
  const auto end = std::find_if(pattern.begin(), pattern.end(), ends);
  return pattern.substr(0, static_cast<size_t>(end - pattern.begin()));
}

}  // namespace

Status KeyRanges::build(const Plan& plan, sqlite3_value** arguments, const temporal::IndexSchema* index) {
  are_widened_ = false;
  index_ = index;
  return build_one(plan, arguments) ? Status::ok() : build_ranges(plan, arguments);
}

bool KeyRanges::admit(std::string_view key) const {
  const auto behind =
      std::upper_bound(ranges_.begin(), ranges_.end(), key,
                       [](std::string_view given, const KeyRange& range) { return given < range.lower; });
  if (behind == ranges_.begin()) return false;
  const KeyRange& range = *std::prev(behind);
  return range.is_point ? key == range.lower : key < range.upper;
}

void KeyRanges::set_points(std::vector<std::string> keys) {
  ranges_.clear();
  for (std::string& key : keys) ranges_.push_back({std::move(key), {}, true});
}

void KeyRanges::keep_only(std::vector<std::string> keys, bool descending) {
  if (descending) std::reverse(keys.begin(), keys.end());
  const auto is_behind = [descending](const KeyRange& range, const std::string& key) {
    if (descending) return range.is_point ? key > range.lower : key >= range.upper;
    return key < range.lower;
  };
  std::vector<std::string> kept;
  auto key = keys.begin();
  for (const KeyRange& range : ranges_) {
    while (key != keys.end() && is_behind(range, *key)) ++key;
    const auto is_in = [&range](const std::string& candidate) {
      return range.is_point ? candidate == range.lower : candidate >= range.lower && candidate < range.upper;
    };
    for (; key != keys.end() && is_in(*key); ++key) kept.push_back(std::move(*key));
  }
  set_points(std::move(kept));
}

// Adds the byte ranges of keys that start with `prefix` and satisfy the plan's range on the next column: one, or
// two where blobs above its upper bound belong to it.
void KeyRanges::add_bounded(const Plan& plan, sqlite3_value** arguments, const std::string& prefix) {
  std::string lower = prefix;
  std::string upper = temporal::after_prefix(prefix);
  const auto add = [this](std::string from, std::string to) {
    if (from < to) ranges_.push_back({std::move(from), std::move(to), false});
  };
  if (plan.key.size() >= part_count()) return add(std::move(lower), std::move(upper));
  const temporal::IndexPart compared = part(plan.key.size());
  const auto encoded = [&prefix, &compared](const Value& value) {
    std::string key = prefix;
    temporal::append_index_part(key, value, compared);
    return key;
  };
  // Both bounds are in the order of the values, and are exchanged in the end where the column descends.
  std::optional<std::string> low;   // the first one inside
  std::optional<std::string> high;  // the first one behind
  const auto at_or_behind = [&compared](const std::string& key, bool is_behind) {
    return is_behind != compared.is_descending ? temporal::after_prefix(key) : key;
  };
  std::string scratch;
  bool has_bound = plan.is_not_null;
  for (const Plan::KeyBound* bound : {&plan.lower, &plan.upper}) {
    if (bound->argument == Plan::kNone) continue;
    has_bound = true;
    sqlite3_value* given = arguments[bound->argument];
    if (sqlite3_value_type(given) == SQLITE_NULL) {
      return;  // a comparison with NULL holds for no row
    }
    std::optional<Value> value = comparable(given, compared.affinity, bound->is_certain, scratch);
    if (!value) continue;  // SQLite checks the constraint itself
    if (bound == &plan.upper && compared.affinity == Affinity::kText && value->type == Value::Type::kText)
      value->bytes = upper_text(given, bound->is_certain, value->bytes);
    if (plan.is_utf16 && compared.collation == Collation::kBinary && value->type == Value::Type::kText) {
      // Only SQLite can tell which texts lie inside, so all are read.
      std::optional<std::string>& end = bound == &plan.lower ? low : high;
      end = at_or_behind(encoded(bound == &plan.lower ? Value::text("") : Value::blob("")), false);
      continue;
    }
    if (bound == &plan.lower) {
      low = at_or_behind(encoded(*value), !bound->is_inclusive);
    } else {
      high = at_or_behind(encoded(*value), bound->is_inclusive);
    }
  }
  if (has_bound && !low) low = at_or_behind(encoded(Value::null()), true);  // NULL is in no range
  if (plan.prefix_pattern != Plan::kNone) {
    const Value pattern = from_sqlite(arguments[plan.prefix_pattern]);
    const std::string_view fixed = plan.is_prefix ? pattern.bytes
                                   : plan.is_like ? fixed_by_like(pattern.bytes, plan.is_own_like)
                                                  : fixed_by_glob(pattern.bytes);
    if (pattern.type == Value::Type::kText && !fixed.empty()) {
      SPECTRADB_ASSERT(!compared.is_descending);
      std::string key = encoded(Value::text(fixed));
      key.resize(key.size() - 2);  // without the terminator: every longer text starts with it
      low = std::max(low.value_or(std::string()), key);
      high = std::min(high.value_or(upper), temporal::after_prefix(key));
    }
  }
  const bool leaves_out_blobs = plan.admits_blobs && high;
  const std::string blobs = at_or_behind(encoded(Value::blob("")), false);  // their end towards texts
  if (compared.is_descending) std::swap(low, high);
  std::string from = std::max(lower, low.value_or(lower));
  std::string to = std::min(upper, high.value_or(upper));
  if (!leaves_out_blobs) return add(std::move(from), std::move(to));
  if (compared.is_descending) {
    add(std::move(lower), std::min(blobs, to));
    add(std::max(blobs, from), to);
  } else {
    add(from, std::min(blobs, to));
    add(std::max(blobs, from), std::move(upper));
  }
}

temporal::IndexPart KeyRanges::part(size_t i) const {
  if (index_ != nullptr) {
    const std::vector<temporal::IndexPart>& parts = index_->entry_parts();
    if (i < parts.size()) return parts[i];
    i -= parts.size();
  }
  if (schema_.key_columns.empty()) return {temporal::IndexPart{}.column, Affinity::kInteger};
  const int column = schema_.key_columns[i];
  const temporal::Column& key = schema_.columns[static_cast<size_t>(column)];
  return {column, key.affinity, key.collation, false};
}

size_t KeyRanges::part_count() const {
  return (index_ == nullptr ? 0 : index_->entry_parts().size()) +
         std::max<size_t>(1, schema_.key_columns.size());
}

// Handles the usual lookup without allocation: the first columns, or the whole key, have single values, which
// gives one range or point. Returns false in all other cases.
bool KeyRanges::build_one(const Plan& plan, sqlite3_value** arguments) {
  if (plan.key.empty() || plan.is_bounded()) return false;
  ranges_.resize(1);
  KeyRange& range = ranges_.front();
  range.is_point = index_ == nullptr && plan.is_point(schema_);
  range.lower.clear();
  temporal::append_table_id(range.lower, index_ == nullptr ? schema_.id : index_->id);
  for (size_t i = 0; i < plan.key.size(); ++i) {
    sqlite3_value* value = arguments[plan.key[i].argument];
    if (plan.key[i].is_list || sqlite3_value_type(value) == SQLITE_NULL) return false;
    const temporal::IndexPart compared = part(i);
    std::optional<Value> key_value = comparable(value, compared.affinity, plan.key[i].is_certain, scratch_);
    if (!key_value) return false;
    temporal::append_index_part(range.lower, *key_value, compared);
  }
  range.upper.clear();
  if (!range.is_point) temporal::append_after_prefix(range.upper, range.lower);
  return true;
}

Status KeyRanges::build_ranges(const Plan& plan, sqlite3_value** arguments) {
  ranges_.clear();
  std::string start;
  temporal::append_table_id(start, index_ == nullptr ? schema_.id : index_->id);
  std::vector<std::string> prefixes{start};
  const Plan* used = &plan;
  Plan cut;  // the plan, cut short where a value cannot be compared in key order
  std::string scratch;
  for (size_t i = 0; i < plan.key.size(); ++i) {
    const Plan::KeyValue& given_value = plan.key[i];
    const temporal::IndexPart compared = part(i);
    std::vector<std::string> extended;
    bool is_comparable = true;
    auto extend = [&](sqlite3_value* given) {
      const bool is_null = sqlite3_value_type(given) == SQLITE_NULL;
      if (is_null && !given_value.matches_null) return;  // equal to nothing
      std::optional<Value> key_value =
          is_null ? Value::null() : comparable(given, compared.affinity, given_value.is_certain, scratch);
      if (!key_value) {
        is_comparable = false;
        return;
      }
      for (const std::string& prefix : prefixes) {
        extended.push_back(prefix);
        temporal::append_index_part(extended.back(), *key_value, compared);
      }
    };
    if (given_value.is_list) {
      sqlite3_value* element = nullptr;
      int code = sqlite3_vtab_in_first(arguments[given_value.argument], &element);
      for (; code == SQLITE_OK && element != nullptr;
           code = sqlite3_vtab_in_next(arguments[given_value.argument], &element)) {
        extend(element);
      }
      if (code != SQLITE_OK && code != SQLITE_DONE) return Status(Code::kNoMemory, "out of memory");
    } else {
      extend(arguments[given_value.argument]);
    }
    if (!is_comparable) {
      are_widened_ = true;
      cut = plan;
      cut.key.resize(i);
      cut.lower = cut.upper = Plan::KeyBound{};
      cut.is_not_null = false;
      cut.prefix_pattern = Plan::kNone;
      used = &cut;
      break;
    }
    prefixes = std::move(extended);
  }
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  for (std::string& prefix : prefixes) {
    if (index_ == nullptr && used->is_point(schema_)) {
      ranges_.push_back({std::move(prefix), {}, true});
    } else {
      add_bounded(*used, arguments, prefix);
    }
  }
  SPECTRADB_ASSERT(
      std::is_sorted(ranges_.begin(), ranges_.end(), [](const KeyRange& one, const KeyRange& other) {
        return one.is_point || other.is_point ? one.lower < other.lower
                                              : one.upper <= other.lower && one.lower < other.lower;
      }));
  if (plan.descending) std::reverse(ranges_.begin(), ranges_.end());
  return Status::ok();
}

}  // namespace spectradb::extension
