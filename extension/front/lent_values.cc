#include "extension/front/lent_values.h"

#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extension/host/shared_bytes.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/row_set.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

// A handle is a blob: these bytes, and the number of a value. A value that looks like one is lent, too, so that
// what looks like one always is one.
constexpr std::string_view kHandleBegin = "spectradb lends\n";
constexpr size_t kHandleBytes = kHandleBegin.size() + sizeof(int64_t);

bool is_handle(const Value& value) {
  return value.type == Value::Type::kBlob && value.bytes.size() == kHandleBytes &&
         value.bytes.substr(0, kHandleBegin.size()) == kHandleBegin;
}

struct LentValue {
  Value::Type type = Value::Type::kNull;
  SharedBytes bytes;
};

// The values that running statements have lent and not yet given back, by number.
class LentValues {
 public:
  int64_t keep(LentValue value) {
    kept_[next_] = std::move(value);
    return next_++;
  }
  void drop(int64_t number) { kept_.erase(number); }
  bool take(int64_t number, LentValue* value) {
    const auto found = kept_.find(number);
    if (found == kept_.end()) return false;
    *value = std::move(found->second);
    kept_.erase(found);
    return true;
  }

 private:
  std::map<int64_t, LentValue> kept_;
  int64_t next_ = 1;
};

// What a statement has lent goes with it, also where it fails in between.
struct Lending {
  Connection* connection;
  std::vector<int64_t> numbers;
};

Lending* lending_of(const FunctionCall& call) {
  auto* lending = static_cast<Lending*>(sqlite3_get_auxdata(call.context, 0));
  if (lending != nullptr) return lending;
  sqlite3_set_auxdata(call.context, 0, new Lending{&call.connection, {}}, [](void* pointer) {
    auto* dropped = static_cast<Lending*>(pointer);
    for (const int64_t number : dropped->numbers) dropped->connection->part<LentValues>().drop(number);
    delete dropped;
  });
  return static_cast<Lending*>(sqlite3_get_auxdata(call.context, 0));
}

// spectradb_lend(0, value) -> a handle of a large value of the row that is shown; other values as they are
Status lend_value(const FunctionCall& call) {
  const Value value = from_sqlite(call.arguments[1]);
  LentValue lent{value.type, {}};
  if (is_handle(value)) {
    lent.bytes = SharedBytes(value.bytes);
  } else if (value.bytes.size() >= kSharedBytes) {
    lent.bytes = call.connection.part<RowSets>().shared(value.bytes);
  }
  if (lent.bytes.view().empty()) {
    sqlite3_result_value(call.context, call.arguments[1]);
    return Status::ok();
  }
  Lending* const lending = lending_of(call);
  if (lending == nullptr) return {Code::kNoMemory, {}};
  lending->numbers.push_back(0);
  lending->numbers.back() = call.connection.part<LentValues>().keep(std::move(lent));
  std::string handle(kHandleBegin);
  handle.append(reinterpret_cast<const char*>(&lending->numbers.back()), sizeof(int64_t));
  sqlite3_result_blob64(call.context, handle.data(), handle.size(), SQLITE_TRANSIENT);
  return Status::ok();
}

// spectradb_lent(given) -> the value that was lent; other values as they are
Status return_lent(const FunctionCall& call) {
  const Value given = from_sqlite(call.arguments[0]);
  if (!is_handle(given)) {
    sqlite3_result_value(call.context, call.arguments[0]);
    return Status::ok();
  }
  int64_t number = 0;
  std::memcpy(&number, given.bytes.data() + kHandleBegin.size(), sizeof number);
  LentValue lent;
  if (!call.connection.part<LentValues>().take(number, &lent))
    return Status::invalid("spectradb_lent takes what spectradb_lend has given to the same statement");
  lent.type == Value::Type::kText ? lent.bytes.give_text(call.context) : lent.bytes.give_blob(call.context);
  return Status::ok();
}

constexpr Function kLendingFunctions[] = {{"spectradb_lend", 2, SQLITE_DIRECTONLY, lend_value},
                                          {"spectradb_lent", 1, SQLITE_DIRECTONLY, return_lent}};

}  // namespace

std::span<const Function> lending_functions() { return kLendingFunctions; }

}  // namespace spectradb::extension
