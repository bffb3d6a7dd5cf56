// Holds what the records of a test file act on: a directory with databases, connections to them, and
// ${variables}. Used by one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {

// The place that SQL goes to: this process or the shell.
class Host {
 public:
  virtual ~Host() = default;
  virtual Outcome run(const std::string& connection, const std::string& sql,
                      const std::vector<Binding>& bindings) = 0;
  virtual void disconnect(const std::string& connection) = 0;
  virtual void close() = 0;
  virtual void use(const std::string& path, bool read_only, bool load) = 0;
};

class InProcess : public Host {
 public:
  // Runs `at_first` on each connection when that is opened.
  explicit InProcess(std::string extension, std::string at_first = "")
      : extension_(std::move(extension)), at_first_(std::move(at_first)) {}

  Outcome run(const std::string& connection, const std::string& sql,
              const std::vector<Binding>& bindings) override;
  void disconnect(const std::string& connection) override { connections_.erase(connection); }
  void close() override { connections_.clear(); }
  void use(const std::string& path, bool read_only, bool load) override;

  // Returns the connection with that name, which is opened when first used; its open_outcome() has errors.
  Database& database(const std::string& connection);

 private:
  std::string extension_;
  std::string at_first_;
  std::string path_;
  bool read_only_ = false;
  bool load_ = true;
  std::map<std::string, Database> connections_;
};

class TestSession {
 public:
  explicit TestSession(std::unique_ptr<Host> host);

  Host& host() { return *host_; }
  const std::string& connection() const { return connection_; }

  // Replaces variables in the text by their values; an unknown one ends the program.
  std::string substituted(const std::string& text) const;
  void set_variable(const std::string& name, const std::string& value) { variables_[name] = value; }
  void forget_variable(const std::string& name) { variables_.erase(name); }

  Outcome run(const std::string& sql, const std::vector<Binding>& bindings) {
    return host_->run(connection_, substituted(sql), bindings);
  }

  // Follows a record that is neither SQL nor about the record after it. Returns what is wrong, or an empty
  // text.
  std::string follow(const std::string& word, std::string rest);

 private:
  void use_database(const std::string& name, const std::string& flags);
  std::string set_from_query(std::string rest);
  std::string change_store(const std::string& how, const std::string& what);
  static std::string hurt_store(const std::filesystem::path& store, const std::string& how,
                                const std::string& pattern);

  TemporaryDirectory directory_;
  std::unique_ptr<Host> host_;
  std::string connection_ = "main";
  std::map<std::string, std::string> variables_;
};

}  // namespace spectradb::tests
