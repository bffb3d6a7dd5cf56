// Keeps documents with their history in SQLite in one of several ways, through SQLite's C interface with
// prepared statements. Times are commit numbers, which cost the peers least.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spectradb::bench {

// The statements of a contender; one is empty where the contender cannot do it, or does it with the first
// statement of its kind. Parameters are ?1 … in the order of the comments.
struct Statements {
  std::string create;
  std::string insert;       // key, document, commit
  std::string update;       // document, commit, key
  std::string latest;       // key -> document
  std::string as_of;        // key, commit -> document
  std::string as_of_naive;  // the same as people would first write it
  std::string scan;         // -> key, document
  std::string scan_as_of;   // commit -> key, document
  std::string range_as_of;  // key from, key to, commit -> key, document
  std::string changed;      // commit -> keys that changed after it
};

// Where SpectraDB's contenders have their stores; bench/storages.py compares both places.
inline constexpr std::string_view kStorage = "rows";

class Contender {
 public:
  enum class Open : uint8_t { kNew, kAsItIs };
  // Opens a new database, or one that a contender has made. `extension` is loaded when not empty.
  Contender(std::string name, const Statements& statements, const std::string& directory,
            const std::string& extension, const std::string& synchronous, Open how = Open::kNew);
  ~Contender();
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;

  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }
  bool can(std::string Statements::*statement) const { return !(statements_.*statement).empty(); }

  void run(const char* sql);
  void write(std::string Statements::*statement, std::string_view key, std::string_view document,
             int64_t commit);
  // Counts the rows of an answer, and sums all of its bytes.
  struct Answer {
    uint64_t rows = 0;
    uint64_t sum = 0;
    bool operator==(const Answer&) const = default;
    void add(const Answer& other) {
      rows += other.rows;
      sum += other.sum;
    }
    void add(const char* text, size_t size) {  // adds a value
      for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word = 0;
        __builtin_memcpy(&word, text + i, sizeof word);
        sum += word * 0x9e3779b97f4a7c15u;
      }
    }
  };
  Answer read(std::string Statements::*statement, const std::vector<std::string_view>& keys,
              std::optional<int64_t> commit);
  // Runs any statement, which is prepared once.
  using Value = std::variant<int64_t, std::string>;
  Answer ask(const std::string& sql, const std::vector<Value>& values);
  int64_t number(const char* sql);  // returns the first value
  void reopen();                    // drops the files from the system's memory, too
  uint64_t stored_bytes();          // writes out and compacts everything first

 private:
  void open();
  void close();
  sqlite3_stmt* prepared(std::string Statements::*statement);
  sqlite3_stmt* made(const std::string& sql);
  Answer step_all(sqlite3_stmt* statement, const std::string& sql);
  [[noreturn]] void give_up(const std::string& doing) const;

  const std::string name_;
  const Statements statements_;
  std::string path_;
  sqlite3* db_ = nullptr;
  const std::string extension_;
  const std::string synchronous_;
  std::vector<std::pair<std::string Statements::*, sqlite3_stmt*>> prepared_;
  struct Asked {
    std::string sql;
    sqlite3_stmt* statement = nullptr;
  };
  std::map<const char*, Asked> asked_;  // by the address of the text, which is found sooner
};

Statements plain_table();      // A: no history
Statements trigger_history();  // B: a current table, and one of the past kept by triggers
Statements append_only();      // C: one table of all versions
Statements temporal_table();   // ours

}  // namespace spectradb::bench
