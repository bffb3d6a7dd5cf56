#include "bench/mariadb/server.h"

#include <cstring>

#include "bench/report.h"

namespace spectradb::bench {
namespace {

constexpr size_t kColumnBytes = 4096;  // the most that a value of the benchmark has

}  // namespace

Server::Server(const std::string& socket) : connection_(mysql_init(nullptr)) {
  if (mysql_real_connect(connection_, nullptr, "root", nullptr, nullptr, 0, socket.c_str(), 0) == nullptr)
    give_up("connecting to " + socket, mysql_error(connection_));
  run("DROP DATABASE IF EXISTS spectradb_bench");
  run("CREATE DATABASE spectradb_bench CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  run("USE spectradb_bench");
}

Server::~Server() {
  for (auto& [sql, prepared] : prepared_) mysql_stmt_close(prepared.statement);
  mysql_close(connection_);
}

void Server::give_up(const std::string& doing, const char* message) const {
  fail("MariaDB, " + doing + ": " + message);
}

void Server::run(const std::string& sql) {
  if (mysql_real_query(connection_, sql.data(), sql.size()) != 0) give_up(sql, mysql_error(connection_));
}

std::string Server::text(const std::string& sql) {
  run(sql);
  MYSQL_RES* result = mysql_store_result(connection_);
  if (result == nullptr) give_up(sql, mysql_error(connection_));
  const MYSQL_ROW row = mysql_fetch_row(result);
  std::string value = row != nullptr && row[0] != nullptr ? row[0] : "";
  mysql_free_result(result);
  return value;
}

Server::Prepared& Server::prepared(const std::string& sql) {
  Prepared& known = prepared_[sql];
  if (known.statement != nullptr) return known;
  known.statement = mysql_stmt_init(connection_);
  if (mysql_stmt_prepare(known.statement, sql.data(), sql.size()) != 0)
    give_up(sql, mysql_stmt_error(known.statement));
  const unsigned columns = mysql_stmt_field_count(known.statement);
  known.lengths.resize(columns);
  known.results.resize(columns);
  for (unsigned column = 0; column < columns; ++column) {
    known.buffers.emplace_back(kColumnBytes);
    MYSQL_BIND& bind = known.results[column];
    std::memset(&bind, 0, sizeof bind);
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = known.buffers[column].data();
    bind.buffer_length = kColumnBytes;
    bind.length = &known.lengths[column];
  }
  return known;
}

Contender::Answer Server::ask(const std::string& sql, const std::vector<Contender::Value>& values) {
  Prepared& known = prepared(sql);
  MYSQL_STMT* const statement = known.statement;
  std::vector<MYSQL_BIND> binds(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    std::memset(&binds[i], 0, sizeof binds[i]);
    if (const auto* text = std::get_if<std::string>(&values[i])) {
      binds[i].buffer_type = MYSQL_TYPE_STRING;
      binds[i].buffer = const_cast<char*>(text->data());
      binds[i].buffer_length = text->size();
    } else {
      binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
      binds[i].buffer = const_cast<int64_t*>(&std::get<int64_t>(values[i]));
    }
  }
  if (!binds.empty() && mysql_stmt_bind_param(statement, binds.data()) != 0)
    give_up(sql, mysql_stmt_error(statement));
  if (mysql_stmt_execute(statement) != 0) give_up(sql, mysql_stmt_error(statement));
  Contender::Answer answer;
  if (known.results.empty()) return answer;
  if (mysql_stmt_bind_result(statement, known.results.data()) != 0) give_up(sql, mysql_stmt_error(statement));
  int code = 0;
  while ((code = mysql_stmt_fetch(statement)) == 0) {
    answer.rows += 1;
    for (size_t column = 0; column < known.results.size(); ++column)
      answer.add(known.buffers[column].data(), known.lengths[column]);
  }
  if (code != MYSQL_NO_DATA) give_up(sql, mysql_stmt_error(statement));
  mysql_stmt_free_result(statement);
  return answer;
}

}  // namespace spectradb::bench
