#include "extension/facets/memory/window.h"

#include <algorithm>

#include "extension/access/gate.h"
#include "extension/facets/memory/memory_tables.h"
#include "extension/facets/search/retrieval.h"
#include "extension/host/numbers.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kWindowName = "spectradb_window";

enum WindowColumn : int {
  kMessageNumber,
  kMessageRole,
  kMessageContent,
  kMessageTokens,
  kTableOfWindow,
  kSessionOfWindow,
  kBudgetOfWindow,
  kNamespaceOfWindow,
  kAsOfOfWindow,
  kValidAtOfWindow,
  kPlaceOfMessage,
};
constexpr int kArgumentsOfWindow = kPlaceOfMessage - kTableOfWindow;
constexpr const char* kDeclarationOfWindow =
    "CREATE TABLE x(seq INTEGER, role TEXT, content TEXT, tokens INTEGER, of_table HIDDEN, session HIDDEN, "
    "budget "
    "HIDDEN, in_ns HIDDEN, _as_of HIDDEN, _valid_at HIDDEN, _place INTEGER HIDDEN PRIMARY KEY) WITHOUT ROWID";

struct Message {
  KeptValue number;
  KeptValue role;
  KeptValue content;
  int64_t tokens = 0;
  bool is_pinned = false;
};

class WindowCursor final : public GatheredCursor<Message> {
 public:
  explicit WindowCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  void keep_within(int64_t budget);

  Connection& connection_;
};

Status WindowCursor::filter(const FunctionArguments& arguments) {
  start_over();
  const auto argument = [&arguments](int column) { return arguments.value(column - kTableOfWindow); };
  const Value name = argument(kTableOfWindow);
  const Value budget = integral(argument(kBudgetOfWindow));
  if (name.type != Value::Type::kText || argument(kSessionOfWindow).is_null() || budget.is_null())
    return Status::invalid(
        "spectradb_window needs a table that spectradb_memory() has made, a session and a number "
        "of tokens: spectradb_window('mem', 's1', 800)");
  if (budget.type != Value::Type::kInteger || budget.integer < 0)
    return Status::invalid(std::string(kWindowName) + ": the budget is a number of tokens, 0 or more, not " +
                           spelled(budget));
  const std::string messages = std::string(name.bytes) + "_message";
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(connection_, Value::text(messages), arguments.schema(), kWindowName));
  std::string text = "SELECT seq, role, content, tokens FROM " +
                     table.database->qualified(table.schema.name) + " WHERE session = ?1";
  if (!argument(kNamespaceOfWindow).is_null()) text += " AND ns = ?2";
  if (!argument(kAsOfOfWindow).is_null()) text += " AND _as_of = ?3";
  if (!argument(kValidAtOfWindow).is_null()) text += " AND _valid_at = ?4";
  SPECTRADB_RETURN_IF_ERROR(ask_for_statement(connection_.handle(), text));
  Query query(connection_.handle(), text + " ORDER BY seq, ns", Author::kUsForUser);
  int place = 0;
  for (const WindowColumn column : {kSessionOfWindow, kNamespaceOfWindow, kAsOfOfWindow, kValidAtOfWindow}) {
    ++place;
    if (!argument(column).is_null()) query.bind(place, argument(column));
  }
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, query.step());
    if (!is_row) break;
    const auto at = [&query](int column) {
      return KeptValue(from_sqlite(sqlite3_column_value(query.statement(), column)));
    };
    const bool is_counted = !query.is_null(3);
    rows().push_back({at(0), at(1), at(2), is_counted ? query.integer(3) : estimated_tokens(query.text(2)),
                      query.text(1) == "system"});
  }
  keep_within(budget.integer);
  return Status::ok();
}

// Takes pinned system messages; then the newest ones, up to the first for which there is no room.
void WindowCursor::keep_within(int64_t budget) {
  int64_t left = budget;
  std::vector<bool> is_kept(rows().size(), false);
  for (size_t i = 0; i < rows().size(); ++i) {
    if (!rows()[i].is_pinned || rows()[i].tokens > left) continue;
    is_kept[i] = true;
    left -= rows()[i].tokens;
  }
  for (size_t i = rows().size(); i-- > 0;) {
    if (rows()[i].is_pinned) continue;
    if (rows()[i].tokens > left) break;
    is_kept[i] = true;
    left -= rows()[i].tokens;
  }
  size_t kept = 0;
  for (size_t i = 0; i < rows().size(); ++i) {
    if (!is_kept[i]) continue;
    if (kept != i) rows()[kept] = std::move(rows()[i]);
    ++kept;
  }
  rows().resize(kept);
}

Status WindowCursor::column(sqlite3_context* context, int index) {
  const Message& message = current();
  switch (index) {
    case kMessageNumber:
      give(context, message.number.get());
      break;
    case kMessageRole:
      give(context, message.role.get());
      break;
    case kMessageContent:
      give(context, message.content.get());
      break;
    case kMessageTokens:
      sqlite3_result_int64(context, message.tokens);
      break;
    case kPlaceOfMessage:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
      break;
    default:
      return give_argument(context, index - kTableOfWindow);
  }
  return Status::ok();
}

void plan_window(FunctionPlanner& planner) {
  constexpr double kCostOfWindow = 1e4;
  constexpr int64_t kMessagesAtAGuess = 50;
  planner.answer(kCostOfWindow, kMessagesAtAGuess, 0);
}

std::unique_ptr<FunctionCursor> open_window(Connection& connection) {
  return std::make_unique<WindowCursor>(connection);
}

}  // namespace

constexpr TableFunction kWindow{
    kWindowName, kDeclarationOfWindow, kTableOfWindow, kArgumentsOfWindow, plan_window, open_window, true};

}  // namespace spectradb::extension
