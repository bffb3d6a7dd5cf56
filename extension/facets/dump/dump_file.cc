#include "extension/facets/dump/dump_file.h"

#include <memory>
#include <optional>

#include "extension/facets/copy/byte_stream.h"
#include "extension/facets/copy/user_statement.h"
#include "extension/facets/dump/dump_text.h"
#include "extension/facets/dump/statement_splitter.h"
#include "extension/host/retreat.h"
#include "extension/host/setting.h"
#include "extension/session/database.h"

namespace spectradb::extension::dump {

namespace {

constexpr size_t kPieceBytes = 1u << 16;
constexpr size_t kQuotedBytes = 100;  // how much of a statement a message quotes

Status write_statements(Connection& connection, const std::string& schema, copy::ByteSink& sink,
                        int64_t* count) {
  DumpText text(connection, schema);
  SPECTRADB_RETURN_IF_ERROR(text.open());
  const std::shared_ptr<Database> database = connection.database(schema);
  std::string out;
  std::string sql;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, text.next(sql));
    if (!is_there) break;
    ++*count;
    const bool is_large = sql.size() >= kPieceBytes;  // then it is written without another copy
    if (!is_large) out.append(sql).append("\n");
    if (!is_large && out.size() < kPieceBytes) continue;
    if (database->is_interrupted()) return {Code::kInterrupted, "interrupted"};
    SPECTRADB_RETURN_IF_ERROR(sink.write(out));
    out.clear();
    if (!is_large) continue;
    SPECTRADB_RETURN_IF_ERROR(sink.write(sql));
    std::string().swap(sql);
    out = "\n";
  }
  SPECTRADB_RETURN_IF_ERROR(sink.write(out));
  return sink.finish();
}

Status run_statement(sqlite3* db, const std::string& sql) {
  copy::UserStatement statement;
  Status status = statement.prepare(db, sql);
  if (status) status = statement.run();
  if (status) return status;
  const size_t first = sql.find_first_not_of(" \t\r\n");
  std::string shown = sql.substr(first == std::string::npos ? 0 : first);
  if (shown.size() > kQuotedBytes) shown = shown.substr(0, kQuotedBytes) + "...";
  return Status(status.code(), status.message() + "; in the dump: " + shown);
}

Status check_empty(Connection& connection) {
  if (sqlite3_get_autocommit(connection.handle()) == 0)
    return Status::invalid(
        "spectradb_restore makes commits, and a transaction is open: COMMIT or ROLLBACK first");
  Query objects(connection.handle(), "SELECT name FROM main.sqlite_master LIMIT 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_any, objects.step());
  if (!is_any) return Status::ok();
  return Status::invalid("spectradb_restore makes a database in an empty one, and this one has " +
                         objects.text(0) + ": open a new file");
}

Status run_statements(Connection& connection, copy::ByteSource& source) {
  StatementSplitter splitter;
  const std::shared_ptr<Database> database = connection.database("main");
  for (;;) {
    std::string piece;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_more, source.read(piece, kPieceBytes));
    // A line end after the last statement makes sure that no further byte could turn its end into a
    // comment.
    splitter.add(is_more ? std::string_view(piece) : std::string_view("\n"));
    while (const std::optional<std::string> sql = splitter.take())
      SPECTRADB_RETURN_IF_ERROR(run_statement(connection.handle(), *sql));
    if (database->is_interrupted()) return {Code::kInterrupted, "interrupted"};
    if (!is_more) break;
  }
  if (!splitter.is_blank()) return Status::invalid("the dump ends inside a statement");
  if (sqlite3_get_autocommit(connection.handle()) == 0)
    return Status::invalid("the dump ends inside a transaction");
  return Status::ok();
}

}  // namespace

Result<int64_t> write_dump(Connection& connection, const std::string& schema, const std::string& file) {
  SPECTRADB_ASSIGN_OR_RETURN(const copy::CopyOptions options, copy::read_copy_options(file, ""));
  SPECTRADB_ASSIGN_OR_RETURN(const copy::NewFile made,
                             copy::open_to_write(connection, file, false, "give the dump another name"));
  int64_t count = 0;
  Status status = [&]() -> Status {
    SPECTRADB_ASSIGN_OR_RETURN(const std::unique_ptr<copy::ByteSink> sink,
                               copy::make_sink(made.file.descriptor(), options.compression, file));
    return write_statements(connection, schema, *sink, &count);
  }();
  if (status) status = copy::finish(made, false);
  if (status) return count;
  copy::take_away(made);
  return status;
}

Result<int64_t> run_dump(Connection& connection, const std::string& file) {
  SPECTRADB_RETURN_IF_ERROR(check_empty(connection));
  SPECTRADB_ASSIGN_OR_RETURN(const copy::CopyOptions options, copy::read_copy_options(file, ""));
  SPECTRADB_ASSIGN_OR_RETURN(copy::OpenFile opened, copy::open_to_read(connection, file));
  SPECTRADB_ASSIGN_OR_RETURN(const std::unique_ptr<copy::ByteSource> source,
                             copy::make_source(std::move(opened), options.compression, file));
  const Setting foreign_keys(connection.handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0);
  const Status status = run_statements(connection, *source);
  if (!status) {
    retreat(connection.handle());
    return status;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, connection.database("main")->last_commit());
  return static_cast<int64_t>(last);
}

}  // namespace spectradb::extension::dump
