#include "extension/session/table_origins.h"

#include <algorithm>
#include <atomic>
#include <iterator>

#include "extension/host/api.h"
#include "sql/text/reader.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

constexpr size_t kMostSteps = 100'000;  // a transaction that copies for ever must not take memory for ever

std::atomic<size_t> noted_connections{0};  // whose TableOrigins have steps

// Cheap, and true of every statement about a savepoint: it runs for each statement of a transaction that makes a table anew.
bool may_be_of_savepoint(std::string_view statement) {
  const size_t first = statement.find_first_not_of(" \t\r\n\f;");
  return first != std::string_view::npos &&
         std::string_view("SsRr/-").find(statement[first]) != std::string_view::npos;
}

bool is_same(const std::string& a, const std::string& b) {
  return sqlite3_stricmp(a.c_str(), b.c_str()) == 0;
}

}  // namespace

bool TableOrigins::are_any() { return noted_connections.load(std::memory_order_relaxed) > 0; }

// A statement that is prepared twice renames once.
void TableOrigins::add(Step step) {
  const bool is_again = !steps_.empty() && step.kind != Step::Kind::kCopy &&
                        steps_.back().kind == step.kind && steps_.back().table == step.table &&
                        steps_.back().from == step.from && steps_.back().to == step.to &&
                        steps_.back().dropped == step.dropped;
  if (is_again) return;
  if (steps_.size() >= kMostSteps) return;
  const bool is_first = steps_.empty();
  steps_.push_back(std::move(step));
  if (is_first) noted_connections.fetch_add(1, std::memory_order_relaxed);
}

void TableOrigins::copied(ColumnCopy copy) {
  add({Step::Kind::kCopy,
       std::move(copy.target),
       std::move(copy.source),
       {},
       std::move(copy.columns),
       nullptr});
}

void TableOrigins::renamed(const std::string& from, const std::string& to) {
  add({Step::Kind::kRename, {}, from, to, {}, nullptr});
}

void TableOrigins::column_renamed(const std::string& table, const std::string& from, const std::string& to,
                                  Certainty certainty) {
  add({Step::Kind::kRenameColumn, table, from, to, {}, nullptr, certainty});
}

void TableOrigins::dropped(const std::string& name, const DroppedTable* table) {
  add({Step::Kind::kDrop, name, {}, {}, {}, table});
}

// A step that is taken back keeps its place, since marks count steps, and names no table.
void TableOrigins::settle(const HasFailed& has_failed) {
  for (; settled_ < steps_.size(); ++settled_) {
    Step& step = steps_[settled_];
    if (step.kind == Step::Kind::kRenameColumn && step.certainty == Certainty::kPrepared &&
        has_failed(step.table, step.from, step.to))
      step.table.clear();
  }
}

void TableOrigins::rollback_to(size_t mark) {
  settled_ = std::min(settled_, mark);
  if (mark >= steps_.size()) return;
  steps_.erase(steps_.begin() + static_cast<ptrdiff_t>(mark), steps_.end());
  if (steps_.empty()) noted_connections.fetch_sub(1, std::memory_order_relaxed);
}

void TableOrigins::clear() {
  rollback_to(0);
  savepoints_.clear();
}

std::optional<std::string> TableOrigins::column_when_dropped(size_t step, std::string table,
                                                             std::string column,
                                                             const DroppedTable* dropped) const {
  for (; step < steps_.size(); ++step) {
    const Step& next = steps_[step];
    switch (next.kind) {
      case Step::Kind::kCopy:
        break;
      case Step::Kind::kRename:
        if (is_same(next.from, table)) table = next.to;
        break;
      case Step::Kind::kRenameColumn:
        if (is_same(next.table, table) && is_same(next.from, column)) column = next.to;
        break;
      case Step::Kind::kDrop:
        if (!is_same(next.table, table)) break;
        return next.dropped == dropped ? std::optional(column) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string> TableOrigins::source_of(const std::string& table, const std::string& column,
                                                   const DroppedTable* dropped) const {
  size_t budget = kMostSteps;
  return trace(steps_.size(), table, column, dropped, budget);
}

// From the last step to the first: the last copy into a table that leads to the dropped one counts. Tables may have been
// copied aside and back.
std::optional<std::string> TableOrigins::trace(size_t until, std::string table, std::string column,
                                               const DroppedTable* dropped, size_t& budget) const {
  for (size_t i = until; i-- > 0 && budget > 0;) {
    --budget;
    const Step& step = steps_[i];
    switch (step.kind) {
      case Step::Kind::kRename:
        if (is_same(step.to, table)) {
          table = step.from;
        } else if (is_same(step.from, table)) {
          return std::nullopt;  // another table had the name until then
        }
        break;
      case Step::Kind::kRenameColumn:
        if (!is_same(step.table, table)) break;
        if (is_same(step.to, column)) {
          column = step.from;
        } else if (is_same(step.from, column)) {
          return std::nullopt;  // it had that name before, and this is another one
        }
        break;
      case Step::Kind::kDrop:
        if (is_same(step.table, table)) return std::nullopt;  // what comes before is of another table
        break;
      case Step::Kind::kCopy:
        if (!is_same(step.table, table) || is_same(step.from, table)) break;
        for (const auto& [to, from] : step.columns) {
          if (!is_same(to, column)) continue;
          if (auto found = column_when_dropped(i + 1, step.from, from, dropped)) return found;
          if (auto found = trace(i, step.from, from, dropped, budget)) return found;
        }
        break;
    }
  }
  return std::nullopt;
}

bool TableOrigins::is_filled_from(const std::string& table, const DroppedTable* dropped) const {
  size_t budget = kMostSteps;
  return leads_to(steps_.size(), table, dropped, budget);
}

// As trace(), of the table as a whole.
bool TableOrigins::leads_to(size_t until, std::string table, const DroppedTable* dropped,
                            size_t& budget) const {
  for (size_t i = until; i-- > 0 && budget > 0;) {
    --budget;
    const Step& step = steps_[i];
    if (step.kind == Step::Kind::kRename && is_same(step.to, table)) {
      table = step.from;
    } else if (step.kind == Step::Kind::kRename && is_same(step.from, table)) {
      return false;
    } else if (step.kind == Step::Kind::kDrop && is_same(step.table, table)) {
      return false;
    } else if (step.kind == Step::Kind::kCopy && is_same(step.table, table) && !is_same(step.from, table)) {
      if (column_when_dropped(i + 1, step.from, {}, dropped) || leads_to(i, step.from, dropped, budget))
        return true;
    }
  }
  return false;
}

std::vector<std::string> TableOrigins::successor_names(const std::string& first_name,
                                                       const DroppedTable* dropped) const {
  std::vector<std::string> owned = {first_name};
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::kDrop && step.dropped == dropped) break;
    if (step.kind == Step::Kind::kRename && is_same(step.from, owned.back())) owned.push_back(step.to);
  }
  std::vector<std::string> names;
  for (const std::string& each : owned) {
    names.push_back(each);
    names.push_back(name_of_next(each, first_name, dropped));
  }
  return names;
}

// The name is free once the old table, which has it at some time, is renamed or dropped.
std::string TableOrigins::name_of_next(const std::string& wanted, const std::string& first_name,
                                       const DroppedTable* dropped) const {
  std::string old_name = first_name;
  std::string name = wanted;
  bool was_owned = is_same(old_name, wanted);
  bool is_free = false;
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::kDrop && step.dropped == dropped) old_name.clear();
    if (step.kind == Step::Kind::kRename) {
      if (!old_name.empty() && is_same(step.from, old_name)) {
        old_name = step.to;
      } else if (is_free && is_same(step.from, name)) {
        name = step.to;
      }
    }
    was_owned = was_owned || is_same(old_name, wanted);
    is_free = is_free || (was_owned && !is_same(old_name, wanted));
  }
  return name;
}

// A savepoint that is not known was set before anything was noted.
void TableOrigins::ran(std::string_view statement) {
  if (steps_.empty()) return savepoints_.clear();
  if (!may_be_of_savepoint(statement)) return;
  const sql::Reader reader(statement, sql::first_statement(statement).tokens);
  const auto name_behind = [&](size_t i) {
    if (reader.is_word(i, "SAVEPOINT")) ++i;
    return i < reader.size() ? reader.name(i) : std::string();
  };
  const auto find = [this](const std::string& name) {
    return std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                        [&](const auto& savepoint) { return is_same(savepoint.first, name); });
  };
  if (reader.is_word(0, "SAVEPOINT") && reader.size() > 1) {
    savepoints_.emplace_back(reader.name(1), mark());
  } else if (reader.is_word(0, "RELEASE")) {
    const auto found = find(name_behind(1));
    savepoints_.erase(found == savepoints_.rend() ? savepoints_.begin() : std::next(found).base(),
                      savepoints_.end());
  } else if (reader.is_word(0, "ROLLBACK")) {
    const size_t to = reader.is_word(1, "TRANSACTION") ? 2 : 1;
    if (!reader.is_word(to, "TO")) return;
    const auto found = find(name_behind(to + 1));
    const bool is_known = found != savepoints_.rend();
    rollback_to(is_known ? found->second : 0);
    savepoints_.erase(is_known ? found.base() : savepoints_.begin(), savepoints_.end());
  }
}

}  // namespace spectradb::extension
