#include "extension/write/foreign_key_actions.h"

#include <utility>

#include "extension/access/gate.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/row_set.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::Value;

namespace {

// Hides writes of the actions from RETURNING, which shows only what the statement itself writes.
class UnseenWrites {
 public:
  explicit UnseenWrites(Connection& connection)
      : connection_(connection), rows_(std::exchange(connection.part<RowSets>().written, nullptr)) {}
  ~UnseenWrites() { connection_.part<RowSets>().written = std::move(rows_); }
  UnseenWrites(const UnseenWrites&) = delete;
  UnseenWrites& operator=(const UnseenWrites&) = delete;

 private:
  Connection& connection_;
  std::shared_ptr<RowSet> rows_;
};

// Places of parameters: the period of the cut, the referring values, and those that replace them.
constexpr int kPortionPlace = 1;
constexpr int kFirstValuePlace = 2;

}  // namespace

ForeignKeyActions::Outcome ForeignKeyActions::follow(std::vector<CutPiece> cuts) {
  for (CutPiece& cut : cuts) cuts_.push_back(std::move(cut));
  if (is_following_ || cuts_.empty()) return {Status::ok(), SQLITE_OK};
  const UnseenWrites unseen(database_.connection());
  struct Following {
    explicit Following(ForeignKeyActions& actions) : of(actions) { of.is_following_ = true; }
    ~Following() {
      of.is_following_ = false;
      of.cuts_.clear();
    }
    ForeignKeyActions& of;
  } following(*this);
  while (!cuts_.empty()) {
    const CutPiece cut = std::move(cuts_.front());
    cuts_.pop_front();
    Status status = follow(cut);
    if (status) continue;
    const int code = sqlite3_extended_errcode(database_.connection().handle());
    const bool is_ours = (code & 0xff) != SQLITE_CONSTRAINT || code == SQLITE_CONSTRAINT;
    return {std::move(status), is_ours ? SQLITE_CONSTRAINT_FOREIGNKEY : code};
  }
  return {Status::ok(), SQLITE_OK};
}

void ForeignKeyActions::end_transaction() {
  for (const std::shared_ptr<ForeignKeyLink>& link : used_) link->forget_statements();
  used_.clear();
}

Status ForeignKeyActions::follow(const CutPiece& cut) {
  ForeignKeyLink& link = *cut.link;
  sqlite3* db = database_.connection().handle();
  if (link.find_parents == nullptr) {
    used_.push_back(cut.link);
    link.find_parents = std::make_unique<Query>(db, link.parents);
  }
  std::vector<Period> parents;
  if (!cut.is_displaced) {
    SPECTRADB_ASSIGN_OR_RETURN(parents, periods_of(*link.find_parents, cut.piece.values.values()));
  }
  for (const Period& gone : uncovered(std::move(parents), cut.piece.valid)) {
    std::vector<Period> removed{gone};
    if (cut.successor) {
      const Period changed = temporal::intersect(gone, cut.successor->valid);
      const std::vector<Value> values = cut.successor->values.values();
      if (!changed.is_empty())
        SPECTRADB_RETURN_IF_ERROR(act(link, link.key.on_update, {changed, cut.piece.values}, &values));
      removed = uncovered({cut.successor->valid}, gone);
    }
    for (const Period& period : removed)
      SPECTRADB_RETURN_IF_ERROR(act(link, link.key.on_delete, {period, cut.piece.values}, nullptr));
  }
  return Status::ok();
}

Status ForeignKeyActions::act(ForeignKeyLink& link, KeyAction action, const KeptPiece& cut,
                              const std::vector<Value>* successor) {
  // The child's valid time begins at its horizon.
  if (database_.valid_horizons().behind(link.child.id, cut.valid).is_empty()) return Status::ok();
  switch (action) {
    case KeyAction::kNone:
      return Status::ok();
    case KeyAction::kRestrict:
      return restrict_cut(link, cut);
    case KeyAction::kCascade:
      return successor == nullptr ? remove(link, cut) : change(link, cut, *successor);
    case KeyAction::kSetNull:
      return change(link, cut, std::vector<Value>(link.key.columns.size()));
    case KeyAction::kSetDefault: {
      std::vector<Value> values;
      for (const int column : link.key.columns) {
        SPECTRADB_ASSIGN_OR_RETURN(Value value, link.child.columns[static_cast<size_t>(column)].default_sql
                                                    ? link.defaults->default_value(column)
                                                    : Result<Value>(Value::null()));
        values.push_back(value);
      }
      return change(link, cut, values);
    }
  }
  return Status::ok();
}

Status ForeignKeyActions::restrict_cut(ForeignKeyLink& link, const KeptPiece& cut) {
  if (link.find_children == nullptr)
    link.find_children = std::make_unique<Query>(database_.connection().handle(), link.children);
  const std::vector<Value> values = cut.values.values();
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<Period> children, periods_of(*link.find_children, values));
  for (const Period& child : children) {
    if (!child.overlaps(cut.valid)) continue;
    return Status::constraint("FOREIGN KEY constraint failed: " + referring_words(link, values) +
                              ", and RESTRICT keeps the row of " + link.parent->name + " that it refers to");
  }
  return Status::ok();
}

// Asks the host's authorizer about the action, as SQLite does.
Status ForeignKeyActions::ask(const ForeignKeyLink& link, int action) const {
  const Gate* gate = Gate::of(database_.connection().handle());
  if (gate == nullptr) return Status::ok();
  for (const int column : link.key.columns) {
    const std::string& name = link.child.columns[static_cast<size_t>(column)].name;
    const int answer =
        gate->ask(action, link.child.name.c_str(), action == SQLITE_DELETE ? nullptr : name.c_str(),
                  database_.schema().c_str());
    if (answer != SQLITE_OK) return Status::invalid("not authorized");
    if (action == SQLITE_DELETE) break;
  }
  return Status::ok();
}

Status ForeignKeyActions::remove(ForeignKeyLink& link, const KeptPiece& cut) {
  if (link.remove == nullptr) {
    SPECTRADB_RETURN_IF_ERROR(ask(link, SQLITE_DELETE));
    link.remove = std::make_unique<Query>(
        database_.connection().handle(),
        "DELETE FROM " + database_.qualified(link.child.name) + " WHERE _portion = ?1 AND " + link.referring);
  }
  const std::string portion = encode_period(cut.valid);
  const std::vector<Value> values = cut.values.values();
  link.remove->reset();
  link.remove->bind_blob(kPortionPlace, portion);
  for (size_t i = 0; i < values.size(); ++i)
    link.remove->bind(kFirstValuePlace + static_cast<int>(i), values[i]);
  return link.remove->run();
}

Status ForeignKeyActions::change(ForeignKeyLink& link, const KeptPiece& cut, const std::vector<Value>& to) {
  const std::vector<Value> values = cut.values.values();
  const int first_new = kFirstValuePlace + static_cast<int>(values.size());
  if (link.change == nullptr) {
    SPECTRADB_RETURN_IF_ERROR(ask(link, SQLITE_UPDATE));
    std::string sets;
    for (size_t i = 0; i < to.size(); ++i) {
      const std::string& name = link.child.columns[static_cast<size_t>(link.key.columns[i])].name;
      sets += (i == 0 ? "" : ", ") + quoted(name) + " = ?" + std::to_string(first_new + static_cast<int>(i));
    }
    link.change = std::make_unique<Query>(database_.connection().handle(),
                                          "UPDATE " + database_.qualified(link.child.name) + " SET " + sets +
                                              " WHERE _portion = ?1 AND " + link.referring);
  }
  const std::string portion = encode_period(cut.valid);
  link.change->reset();
  link.change->bind_blob(kPortionPlace, portion);
  for (size_t i = 0; i < values.size(); ++i) {
    link.change->bind(kFirstValuePlace + static_cast<int>(i), values[i]);
    link.change->bind(first_new + static_cast<int>(i), to[i]);
  }
  return link.change->run();
}

}  // namespace spectradb::extension
