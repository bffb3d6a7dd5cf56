#include "tests/ledger_question.h"

#include <algorithm>

#include "tests/dice.h"

namespace spectradb::tests {

namespace {

class Asker : private Dice {
 public:
  Asker(std::mt19937_64& random, const LedgerModel& model) : Dice(random), model_(model) {}

  Question ask() {
    const std::string system = system_clause();
    const std::string valid = valid_clause();
    question_.clauses = chance(50) ? system + valid : valid + system;
    question_.valid_is_known = question_.times.as_of.has_value() || !question_.times.valid_at.has_value();
    if (chance(30)) add_system_condition();
    if (question_.valid_is_known && chance(20)) add_valid_condition();
    return std::move(question_);
  }

 private:
  void filter(std::function<bool(LedgerRow&)> test) { question_.filters.push_back(std::move(test)); }
  int64_t any_commit() { return below(static_cast<int>(model_.last_commit()) + 1); }

  std::string commit_sql(int64_t commit) {
    static constexpr const char* kUnits[] = {"", "", "COMMIT "};
    return kUnits[below(3)] + std::to_string(commit);
  }

  std::string system_clause() {
    const int form = below(12);
    if (form < 4) {
      question_.times.as_of = model_.own_commit();
      return "";
    }
    if (form < 7) {
      question_.times.as_of = any_commit();
      return (chance(50) ? " FOR SYSTEM_TIME AS OF " : " AS OF ") + commit_sql(*question_.times.as_of);
    }
    if (form < 9) return chance(50) ? " FOR SYSTEM_TIME ALL" : " FOR ALL SYSTEM_TIME";
    return " FOR SYSTEM_TIME " + system_range();
  }

  // Makes one of the ranges; a bound of NULL is unbounded.
  std::string system_range() {
    const std::optional<int64_t> a = chance(85) ? std::optional(any_commit()) : std::nullopt;
    const std::optional<int64_t> b = chance(85) ? std::optional(any_commit()) : std::nullopt;
    const std::string from = a ? commit_sql(*a) : "NULL";
    const std::string to = b ? commit_sql(*b) : "NULL";
    const auto ends = [](const LedgerRow& row) { return row.system_to == 0 ? INT64_MAX : row.system_to; };
    switch (below(4)) {
      case 0:
        filter([=](const LedgerRow& row) {
          return !(a && b && *a >= *b) && (!a || ends(row) > *a) && (!b || row.system_from < *b);
        });
        return "FROM " + from + " TO " + to;
      case 1:
        filter([=](const LedgerRow& row) {
          return !(a && b && *a > *b) && (!a || ends(row) > *a) && (!b || row.system_from <= *b);
        });
        return "BETWEEN " + from + " AND " + to;
      case 2: {
        const std::optional<int64_t> low = a && b ? std::min(*a, *b) : a;
        const std::optional<int64_t> high = a && b ? std::max(*a, *b) : b;
        filter([=](const LedgerRow& row) {
          return (!low || ends(row) > *low) && (!high || row.system_from <= *high);
        });
        return "BETWEEN SYMMETRIC " + from + " AND " + to;
      }
      default:
        filter(
            [=](const LedgerRow& row) { return (!a || row.system_from >= *a) && (!b || ends(row) <= *b); });
        return "CONTAINED IN (" + from + ", " + to + ")";
    }
  }

  std::string valid_clause() {
    const int form = below(13);
    if (form < 3) {
      question_.times.valid_at = kNow;
      return "";
    }
    if (form < 6) {
      question_.times.valid_at = below(kPoints);
      return (chance(50) ? " VALID AT " : " FOR VALID_TIME AS OF ") + instant_sql(*question_.times.valid_at);
    }
    if (form < 9) return chance(50) ? " FOR VALID_TIME ALL" : " FOR ALL VALID_TIME";
    return (chance(50) ? " FOR VALID_TIME " : " FOR APPLICATION_TIME ") + valid_range();
  }

  // Bound 0 as the first one and bound kPoints as the second one are written as NULL.
  std::string valid_range() {
    const int a = below(kPoints);
    const int b = 1 + below(kPoints);
    const std::string from = bound_sql(a);
    const std::string to = bound_sql(b);
    const bool is_open = a == 0 || b == kPoints;
    switch (below(5)) {
      case 0:
        filter([=](const LedgerRow& row) {
          return (is_open || a < b) && row.valid.to > a && (b == kPoints || row.valid.from < b);
        });
        return "FROM " + from + " TO " + to;
      case 1:
        filter([=](const LedgerRow& row) {
          return (is_open || a <= b) && row.valid.to > a && (b == kPoints || row.valid.from <= b);
        });
        return "BETWEEN " + from + " AND " + to;
      case 2: {
        const int low = is_open ? a : std::min(a, b);
        const int high = is_open ? b : std::max(a, b);
        filter([=](const LedgerRow& row) {
          return row.valid.to > low && (high == kPoints || row.valid.from <= high);
        });
        return "BETWEEN SYMMETRIC " + from + " AND " + to;
      }
      case 3:
        filter([=](const LedgerRow& row) { return row.valid.from >= a && row.valid.to <= b; });
        return "CONTAINED IN (" + from + ", " + to + ")";
      default: {
        const Span window{std::min(a, b - 1), b};
        filter([=](LedgerRow& row) {
          row.valid = {std::max(row.valid.from, window.from), std::min(row.valid.to, window.to)};
          return row.valid.from < row.valid.to;
        });
        return "ONLY " + span_sql(window);
      }
    }
  }

  void add_system_condition() {
    const int64_t commit = any_commit() + below(2);
    const std::string number = std::to_string(commit);
    switch (below(6)) {
      case 0:
        filter([](const LedgerRow& row) { return row.system_to == 0; });
        return add("_system_to IS NULL");
      case 1:
        filter([=](const LedgerRow& row) { return row.system_to > commit; });
        return add("_system_to > " + number);
      case 2:
        filter([=](const LedgerRow& row) { return row.system_to != 0 && row.system_to <= commit; });
        return add("_system_to <= " + number);
      case 3:
        filter([=](const LedgerRow& row) { return row.system_to != 0 && row.system_to == commit; });
        return add("_system_to = " + number);
      case 4:
        filter([=](const LedgerRow& row) { return row.system_from >= commit; });
        return add(number + " <= _system_from");
      default:
        filter([=](const LedgerRow& row) {
          return row.system_from < commit && (row.system_to == 0 || row.system_to >= commit);
        });
        return add("_system_from < " + number + " AND (_system_to IS NULL OR _system_to >= " + number + ")");
    }
  }

  // This comes after the clauses, because conditions see the periods that the clauses show.
  void add_valid_condition() {
    const int bound = 1 + below(kPoints - 1);
    switch (below(3)) {
      case 0:
        filter([=](const LedgerRow& row) { return row.valid.from >= bound; });
        return add("_valid_from >= " + bound_sql(bound));
      case 1:
        filter([=](const LedgerRow& row) { return row.valid.to < bound; });
        return add("_valid_to < " + bound_sql(bound));
      default:
        filter([](const LedgerRow& row) { return row.valid.to == kPoints; });
        return add("_valid_to IS NULL");
    }
  }

  void add(const std::string& condition) { question_.conditions += " AND " + condition; }

  const LedgerModel& model_;
  Question question_;
};

}  // namespace

std::string bound_sql(int bound) {
  return bound == 0 || bound == kPoints ? "NULL" : std::to_string((bound - 5) * 1000);
}

std::string instant_sql(int point) { return std::to_string((point - 5) * 1000 + 999); }

std::string span_sql(Span span) { return "FROM " + bound_sql(span.from) + " TO " + bound_sql(span.to); }

bool Question::keep(LedgerRow& row) const {
  return std::all_of(filters.begin(), filters.end(), [&](const auto& test) { return test(row); });
}

Question any_question(std::mt19937_64& random, const LedgerModel& model) {
  return Asker(random, model).ask();
}

}  // namespace spectradb::tests
