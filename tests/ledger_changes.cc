#include "tests/ledger_changes.h"

#include <algorithm>
#include <optional>

#include "tests/dice.h"
#include "tests/ledger_question.h"

namespace spectradb::tests {

namespace {

std::string number_or_null(int64_t number) { return number == 0 ? "NULL" : std::to_string(number); }

class Asker : private Dice {
 public:
  Asker(std::mt19937_64& random, const LedgerModel& model, const ChangedTable& table)
      : Dice(random), model_(model), table_(table) {}

  ChangeQuestion ask() {
    const int what = below(3);
    if (what == 0) {
      ask_history();
    } else if (what == 1) {
      ask_changes();
    } else {
      ask_difference();
    }
    return std::move(question_);
  }

 private:
  int64_t any_commit() { return below(static_cast<int>(model_.last_commit()) + 1); }
  int any_key() { return below(static_cast<int>(table_.key_texts.size())); }
  const std::string& text_of(int key) const { return table_.key_texts[static_cast<size_t>(key)]; }

  void expect(const std::string& order, const std::string& line) {
    question_.order.push_back(order);
    question_.expected.push_back(line);
  }

  std::string operation(size_t index) const {
    const LedgerFact& fact = model_.facts()[index];
    if (fact.is_delete) return "delete";
    for (int point = fact.valid.from; point < fact.valid.to; point++) {
      if (model_.shown_before(index, point) != nullptr) return "update";
    }
    return "insert";
  }

  // Returns the commit from which on newer facts cover all of that part of the fact; 0 while they do not.
  int64_t superseded_by(size_t index, Span part) const {
    const std::vector<LedgerFact>& facts = model_.facts();
    int64_t last = 0;
    for (int point = part.from; point < part.to; point++) {
      size_t newer = index + 1;
      while (newer < facts.size() &&
             (facts[newer].key != facts[index].key || !facts[newer].valid.contains(point))) {
        newer++;
      }
      if (newer == facts.size()) return 0;
      last = std::max(last, facts[newer].commit);
    }
    return last;
  }

  std::string line_of(size_t index) const {
    const LedgerFact& fact = model_.facts()[index];
    return line_of(index, fact.valid, fact.is_delete ? nullptr : &fact);
  }
  std::string line_of(size_t index, Span part, const LedgerFact* row) const {
    const LedgerFact& fact = model_.facts()[index];
    return std::to_string(fact.commit) + "|" + operation(index) + "|" + text_of(fact.key) + "|" +
           (row == nullptr ? "NULL" : std::to_string(row->payload)) + "|" + bound_sql(part.from) + "|" +
           bound_sql(part.to);
  }

  // A delete has a line for each row that it took away, with the part of that row that was visible.
  void expect_history(const std::string& order, size_t index) {
    const LedgerFact& fact = model_.facts()[index];
    bool is_told = false;
    for (int point = fact.valid.from, end = 0; fact.is_delete && point < fact.valid.to; point = end) {
      const LedgerFact* shown = model_.shown_before(index, point);
      for (end = point + 1; end < fact.valid.to && model_.shown_before(index, end) == shown;) end++;
      if (shown == nullptr) continue;
      const Span part = {point, end};
      expect(order, line_of(index, part, shown) + "|" + number_or_null(superseded_by(index, part)));
      is_told = true;
    }
    if (!is_told) expect(order, line_of(index) + "|" + number_or_null(superseded_by(index, fact.valid)));
  }

  std::string fact_columns() const {
    return "commit_no, operation, " + table_.key_columns + ", row ->> '" + table_.payload_path +
           "', _valid_from, _valid_to";
  }

  // Makes a condition on commit numbers, and sets which numbers it lets pass.
  std::string any_commits(int64_t* least, int64_t* greatest) {
    *least = 0;
    *greatest = INT64_MAX;
    if (chance(40)) return "";
    *least = any_commit();
    const std::string from = std::to_string(*least);
    if (chance(30)) return " WHERE commit_no >= " + from;
    if (chance(30)) {
      *greatest = *least;
      return " WHERE commit_no = " + from;
    }
    *greatest = any_commit();
    return " WHERE commit_no BETWEEN " + from + " AND " + std::to_string(*greatest);
  }

  void ask_history() {
    std::optional<int> only;
    if (chance(40)) only = any_key();
    int64_t least = 0;
    int64_t greatest = 0;
    const std::string condition = any_commits(&least, &greatest);
    const bool descending = only.has_value() && chance(50);
    question_.sql = "SELECT " + (only ? "commit_no, " : std::string("NULL, ")) + fact_columns() +
                    ", _system_to FROM spectradb_history('" + table_.name + "'" +
                    (only ? ", " + table_.key_arguments[static_cast<size_t>(*only)] : "") + ")" + condition +
                    (only ? " ORDER BY commit_no" : "") + (descending ? " DESC" : "");
    for (size_t i = 0; i < model_.facts().size(); i++) {
      const LedgerFact& fact = model_.facts()[i];
      if ((only && fact.key != *only) || fact.commit < least || fact.commit > greatest) continue;
      expect_history(only ? std::to_string(fact.commit) : "NULL", i);
    }
    if (descending) {
      std::reverse(question_.order.begin(), question_.order.end());
      std::reverse(question_.expected.begin(), question_.expected.end());
    }
  }

  void ask_changes() {
    const bool all_tables = chance(30);
    const int64_t since = any_commit();
    int64_t least = 0;
    int64_t greatest = INT64_MAX;
    std::string condition = any_commits(&least, &greatest);
    if (all_tables)
      condition += (condition.empty() ? " WHERE" : " AND") + (" table_name = '" + table_.name + "'");
    question_.sql = "SELECT commit_no, " + fact_columns() + " FROM spectradb_changes(" +
                    (all_tables ? "NULL" : "'" + table_.name + "'") + ", " + std::to_string(since) + ")" +
                    condition + (chance(50) ? " ORDER BY commit_no" : "");
    for (size_t i = 0; i < model_.facts().size(); i++) {
      const int64_t commit = model_.facts()[i].commit;
      if (commit > since && commit >= least && commit <= greatest) expect(std::to_string(commit), line_of(i));
    }
  }

  // Asks for the maximal runs of points at which one pair of payloads differs.
  void ask_difference() {
    const int64_t from = any_commit();
    const bool to_present = chance(40);
    const int64_t to = to_present ? model_.own_commit() : any_commit();
    const int form = below(3);
    const int point = form == 0 ? kNow : below(kPoints);
    const std::string valid = form == 0 ? "" : form == 1 ? ", " + instant_sql(point) : ", 'all'";
    question_.sql = "SELECT NULL, operation, " + table_.key_columns + ", before ->> '" + table_.payload_path +
                    "', after ->> '" + table_.payload_path +
                    "', _valid_from, _valid_to FROM spectradb_diff('" + table_.name + "', " +
                    std::to_string(from) + ", " + (to_present ? "NULL" : std::to_string(to)) + valid + ")";
    const auto payload = [&](int key, int64_t as_of, int at) {
      const LedgerFact* fact = model_.shown_at(key, as_of, at);
      return fact == nullptr ? std::string("NULL") : std::to_string(fact->payload);
    };
    for (int key = 0; key < static_cast<int>(table_.key_texts.size()); key++) {
      for (int at = 0; at < kPoints;) {
        const std::string before = payload(key, from, at);
        const std::string after = payload(key, to, at);
        int end = at + 1;
        while (end < kPoints && payload(key, from, end) == before && payload(key, to, end) == after) end++;
        if (before != after && (form == 2 || Span{at, end}.contains(point))) {
          const char* operation = before == "NULL" ? "insert" : after == "NULL" ? "delete" : "update";
          expect("NULL", operation + ("|" + text_of(key)) + "|" + before + "|" + after + "|" + bound_sql(at) +
                             "|" + bound_sql(end));
        }
        at = end;
      }
    }
  }

  const LedgerModel& model_;
  const ChangedTable& table_;
  ChangeQuestion question_;
};

}  // namespace

ChangeQuestion any_change_question(std::mt19937_64& random, const LedgerModel& model,
                                   const ChangedTable& table) {
  return Asker(random, model, table).ask();
}

}  // namespace spectradb::tests
