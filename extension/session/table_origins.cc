#include "extension/session/table_origins.h"

#include <algorithm>

#include "extension/host/api.h"

namespace spectradb::extension {

namespace {

bool is_same(const std::string& a, const std::string& b) {
  return sqlite3_stricmp(a.c_str(), b.c_str()) == 0;
}

}  // namespace

// A transaction that copies for ever must not take memory for ever. A statement that is prepared twice renames once.
void TableOrigins::add(Step step) {
  constexpr size_t kMostSteps = 100'000;
  const bool is_again = !steps_.empty() && step.kind != Step::Kind::kCopy &&
                        steps_.back().kind == step.kind && steps_.back().table == step.table &&
                        steps_.back().from == step.from && steps_.back().to == step.to &&
                        steps_.back().dropped == step.dropped;
  if (is_again) return;
  if (steps_.size() < kMostSteps) steps_.push_back(std::move(step));
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

void TableOrigins::column_renamed(const std::string& table, const std::string& from, const std::string& to) {
  add({Step::Kind::kRenameColumn, table, from, to, {}, nullptr});
}

void TableOrigins::dropped(const std::string& name, const DroppedTable* table) {
  add({Step::Kind::kDrop, name, {}, {}, {}, table});
}

// A step that is taken back keeps its place, since marks count steps, and names no table.
void TableOrigins::settle(const HasFailed& has_failed) {
  for (; settled_ < steps_.size(); ++settled_) {
    Step& step = steps_[settled_];
    if (step.kind == Step::Kind::kRenameColumn && has_failed(step.table, step.from, step.to))
      step.table.clear();
  }
}

void TableOrigins::rollback_to(size_t mark) {
  settled_ = std::min(settled_, mark);
  if (mark < steps_.size()) steps_.erase(steps_.begin() + static_cast<ptrdiff_t>(mark), steps_.end());
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
  size_t budget = 100'000;
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
        if (is_same(step.to, table)) table = step.from;
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

// The name is free once the old table is renamed or dropped.
std::string TableOrigins::name_of_successor(const std::string& first_name,
                                            const DroppedTable* dropped) const {
  std::string old_name = first_name;
  std::string name = first_name;
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
    is_free = is_free || !is_same(old_name, first_name);
  }
  return name;
}

}  // namespace spectradb::extension
