// Speaks to a MariaDB server through its C interface, over a local socket, with prepared statements.
#pragma once

#include <mysql.h>

#include <map>
#include <string>
#include <vector>

#include "bench/sql/contender.h"

namespace spectradb::bench {

class Server {
 public:
  explicit Server(const std::string& socket);  // connects as root, to a new database
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void run(const std::string& sql);
  // Runs any statement, which is prepared once. Returns the number of rows and a sum over all bytes, like a
  // Contender.
  Contender::Answer ask(const std::string& sql, const std::vector<Contender::Value>& values);
  std::string text(const std::string& sql);  // returns the first value
  std::string version() const { return mysql_get_server_info(connection_); }

 private:
  struct Prepared {
    std::string sql;
    MYSQL_STMT* statement = nullptr;
    std::vector<std::vector<char>> buffers;  // of the columns
    std::vector<unsigned long> lengths;
    std::vector<MYSQL_BIND> results;
  };
  Prepared& prepared(const std::string& sql);
  [[noreturn]] void give_up(const std::string& doing, const char* message) const;

  MYSQL* connection_;
  std::map<std::string, Prepared> prepared_;
};

}  // namespace spectradb::bench
