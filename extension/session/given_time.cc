#include "extension/session/given_time.h"

#include <optional>
#include <string>

#include "extension/host/instants.h"
#include "extension/host/values.h"
#include "extension/session/annotations.h"
#include "extension/session/database.h"
#include "extension/table/temporal_tables.h"
#include "temporal/instant.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

class GivenTime final : public CommitPart {
 public:
  explicit GivenTime(Database& database) : database_(database) {}

  Status check() override {
    const Annotations& annotations = database_.connection().part<Annotations>();
    const std::optional<int64_t> time_us = annotations.time_us();
    if (!time_us || database_.batch() == nullptr || database_.batch()->count() == 0) return Status::ok();
    return check_given_time(database_, *time_us, annotations.is_replay());
  }

 private:
  Database& database_;
};

Status check_not_future(int64_t time_us) {
  if (time_us <= wall_clock_us()) return Status::ok();
  return Status::invalid(
      "the time " + temporal::format_instant(time_us) +
      " lies in the future: a commit was made by now; what will hold then is a fact with a "
      "valid time");
}

// "2019-05-01": a number would be that of a commit.
Status system_time(const FunctionCall& call) {
  Connection& connection = call.connection;
  const Value given = from_sqlite(call.arguments[0]);
  if (sqlite3_get_autocommit(connection.handle()) != 0)
    return Status::invalid(
        "spectradb_system_time() says the time of the commit of the transaction that is open, and none is: "
        "BEGIN first");
  if (given.is_null()) return say_of_transaction(connection, Annotation::Kind::kTime, given);
  if (given.type != Value::Type::kText)
    return Status::invalid("spectradb_system_time takes a time as text, such as '2019-05-01 12:00', not " +
                           spelled(given));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t time_us,
                             temporal::parse_instant(given.bytes, connection.statement_now()));
  // Of others that the transaction writes to, COMMIT asks.
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(connection, call.count > 1 ? call.arguments[1] : nullptr, kSystemTimeFunction));
  const std::shared_ptr<Database> database = connection.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  SPECTRADB_RETURN_IF_ERROR(
      has_store ? check_given_time(*database, time_us, connection.part<Annotations>().is_replay())
                : check_not_future(time_us));
  SPECTRADB_RETURN_IF_ERROR(
      say_of_transaction(connection, Annotation::Kind::kTime, Value::of_integer(time_us)));
  give_instant(call.context, time_us);
  return Status::ok();
}

constexpr Function kTimeFunctions[] = {{.name = kSystemTimeFunction,
                                        .argument_count = 1,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = system_time,
                                        .effect = Function::Effect::kWritesRows},
                                       {.name = kSystemTimeFunction,
                                        .argument_count = 2,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = system_time,
                                        .effect = Function::Effect::kWritesRows}};

}  // namespace

std::unique_ptr<CommitPart> make_given_time(Database& database) {
  return std::make_unique<GivenTime>(database);
}

// Where a COMMIT is tried again, the row that the attempt before has left is no commit.
Result<uint64_t> commit_before(Database& database) {
  return database.batch() != nullptr ? Result<uint64_t>(database.own_commit() - 1) : database.last_commit();
}

Status check_given_time(Database& database, int64_t time_us, bool is_replay) {
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, commit_before(database));
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> last_us, database.commit_time_us(last));
  if (last_us && time_us <= *last_us)
    return Status::invalid("the time " + temporal::format_instant(time_us) +
                           " does not lie behind that of commit " + std::to_string(last) + " of " +
                           database.schema() + ", which is " + temporal::format_instant(*last_us) +
                           ": times of commits only go forward");
  return is_replay ? Status::ok() : check_not_future(time_us);
}

Status say_replay(Connection& connection, int64_t time_us) {
  SPECTRADB_RETURN_IF_ERROR(say_of_transaction(connection, Annotation::Kind::kReplay, Value::of_integer(1)));
  return say_of_transaction(connection, Annotation::Kind::kTime, Value::of_integer(time_us));
}

std::span<const Function> given_time_functions() { return kTimeFunctions; }

}  // namespace spectradb::extension
