// Table-valued functions: eponymous, read-only virtual tables whose hidden columns are their arguments. Rows
// are made one by one as SQLite asks. A function is a TableFunction and a FunctionCursor; this file joins
// them to SQLite. Used by the thread that uses the connection.
//
// SQLite does not tell such a table in which schema it is called: o.spectradb_commits means
// spectradb_commits. So every function has a twin, spectradb_in_schema_commits(schema, …), into which the
// rewriter turns such a call.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/session/connection.h"
#include "temporal/value.h"

namespace spectradb::extension {

// Reads one sqlite3_index_info: which constraints the cursor gets, and as what.
class FunctionPlanner {
 public:
  // `is_twin`: column 0 is the schema, and all others move by one.
  explicit FunctionPlanner(sqlite3_index_info* info, bool is_twin = false)
      : info_(info), shift_(is_twin ? 1 : 0) {}

  // Takes the `count` hidden columns from `first` on as arguments. Returns false where one cannot be known
  // yet: then the plan cannot be run.
  bool take_arguments(int first, int count);
  bool has_argument(int index) const;
  // Takes comparisons of a column that shows commit numbers; SQLite checks them once more.
  void take_commits(int column);
  bool has_commits() const { return has_commits_; }
  // Takes an equality with the column `key`, by bytes; SQLite checks it once more.
  bool take_key(int column);
  // Returns the wanted order if it is by one of these columns alone; call it only if the cursor can deliver
  // that order.
  enum class Order : uint8_t { kNone, kAscending, kDescending };
  Order order_by(std::initializer_list<int> columns) const;
  void consume_order() { info_->orderByConsumed = 1; }
  bool uses(int column) const;

  void answer(double cost, int64_t rows, int flags);

 private:
  friend class FunctionArguments;
  static constexpr char kFirstArgument = 'a';
  static constexpr char kKey = 'K';
  static constexpr char kSchema = 'S';
  static constexpr char kNothing = '-';

  bool is_not_given(int constraint) const;
  bool take_schema();
  void take(int constraint, char mark, bool omit);

  sqlite3_index_info* info_;
  const int shift_;
  std::string marks_;  // says what each argument of xFilter is
  bool has_commits_ = false;
};

// The arguments of xFilter.
class FunctionArguments {
 public:
  FunctionArguments(const char* marks, int flags, int count, sqlite3_value** values)
      : marks_(marks == nullptr ? "" : marks, marks == nullptr ? 0 : static_cast<size_t>(count)),
        flags_(flags),
        values_(values) {}

  int flags() const { return flags_; }
  sqlite3_value* argument(int index) const;  // null when it was not given
  temporal::Value value(int index) const;    // NULL when it was not given
  sqlite3_value* key() const;
  sqlite3_value* schema_value() const;  // of a twin; null when it was not given
  // Returns the schema of a call such as o.spectradb_commits; empty when the call names none.
  const std::string& schema() const { return schema_; }
  void set_schema(std::string schema) { schema_ = std::move(schema); }
  uint64_t min_commit() const;  // from the comparisons; 0 and UINT64_MAX are unbounded
  uint64_t max_commit() const;

 private:
  sqlite3_value* marked(char mark) const;

  std::string_view marks_;
  int flags_;
  sqlite3_value** values_;
  std::string schema_;
};

class FunctionCursor : public sqlite3_vtab_cursor {
 public:
  FunctionCursor() : sqlite3_vtab_cursor{} {}
  virtual ~FunctionCursor();
  FunctionCursor(const FunctionCursor&) = delete;
  FunctionCursor& operator=(const FunctionCursor&) = delete;

  virtual Status filter(const FunctionArguments& arguments) = 0;
  virtual Status next() = 0;
  virtual bool at_end() const = 0;
  virtual Status column(sqlite3_context* context, int index) = 0;

  // Keeps the arguments as they were given, to show them: SQLite compares them again where it reads the table
  // once for each side of an OR.
  void keep_arguments(const FunctionArguments& arguments, int count);
  Status give_argument(sqlite3_context* context, int index) const;

  // Keeps the schema of a call of the twin, as the arguments are kept.
  void keep_schema(std::string schema) { schema_ = std::move(schema); }
  const std::string& schema() const { return schema_; }
  // Whether the statement with the call was examined already.
  bool is_call_checked = false;

 private:
  std::vector<sqlite3_value*> arguments_;
  std::string schema_;
};

// A cursor whose rows are all found before the first is shown.
template <typename Row>
class GatheredCursor : public FunctionCursor {
 public:
  Status next() final {
    ++place_;
    return Status::ok();
  }
  bool at_end() const final { return place_ >= rows_.size(); }

 protected:
  void start_over() {
    place_ = 0;
    rows_.clear();
  }
  std::vector<Row>& rows() { return rows_; }
  const Row& current() const { return rows_[place_]; }
  size_t place() const { return place_; }  // of the current one

 private:
  std::vector<Row> rows_;
  size_t place_ = 0;
};

struct TableFunction {
  const char* name;
  // The text of CREATE TABLE x(…) WITHOUT ROWID. Its PRIMARY KEY tells rows apart where SQLite reads the
  // table once for each side of an OR.
  const char* declaration;
  int first_argument;  // the first hidden column
  int argument_count;
  void (*plan)(FunctionPlanner& planner);  // called once the arguments are taken
  std::unique_ptr<FunctionCursor> (*open)(Connection& connection);
  bool is_direct_only = false;  // has effects: views and triggers of untrusted databases may not call it
};

// Returns the place of a hidden column among the arguments, by its name with or without a leading underscore;
// nullopt when the function has none such.
std::optional<size_t> place_of_argument(const TableFunction& function, std::string_view name);

// Returns the name of the twin of a function named spectradb_….
std::string name_of_twin(std::string_view function);

// `function` stays alive.
Status register_table_function(Connection& connection, const TableFunction& function);

}  // namespace spectradb::extension
