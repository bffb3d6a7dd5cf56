// What the open transaction says of where the columns of its tables come from: copies, renamings and drops, in their order.
// Mappers make a table anew by them (extension/alter/succession.h), in many orders. It holds the names as they were at each
// step, and follows them. Used by the thread that uses the connection.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spectradb::extension {

struct DroppedTable;

// The name by which TableOrigins knows a table: tables of two schemas may have the same one.
inline std::string origin_name(const std::string& schema, const std::string& table) {
  return schema + '\n' + table;
}

// Columns of a table that is filled, each with the column that fills it.
using ColumnPairs = std::vector<std::pair<std::string, std::string>>;

// INSERT INTO target (columns) SELECT columns FROM source, as far as the text shows which column fills which.
struct ColumnCopy {
  std::string target;
  std::string source;
  ColumnPairs columns;
};

class TableOrigins {
 public:
  TableOrigins() = default;
  ~TableOrigins() { clear(); }
  TableOrigins(const TableOrigins&) = delete;
  TableOrigins& operator=(const TableOrigins&) = delete;

  void copied(ColumnCopy copy);
  void renamed(const std::string& from, const std::string& to);
  // Whether a step has happened when it is noted, or its statement is only prepared.
  enum class Certainty { kDone, kPrepared };
  // To nothing: the column is dropped.
  void column_renamed(const std::string& table, const std::string& from, const std::string& to,
                      Certainty certainty);
  void dropped(const std::string& name, const DroppedTable* table);  // null: an ordinary one
  // Renamings of columns of ordinary tables are noted when their statements are prepared. Call it before a later statement is noted: takes back
  // those since the last call of which `has_failed` says that the columns are as they were.
  using HasFailed =
      std::function<bool(const std::string& table, const std::string& from, const std::string& to)>;
  void settle(const HasFailed& has_failed);

  // Returns the column of the dropped table that filled the column of the table that has that name now, by the name that it
  // had when the table was dropped; nothing where no copy tells.
  std::optional<std::string> source_of(const std::string& table, const std::string& column,
                                       const DroppedTable* dropped) const;
  // Returns the names under which a table that took the place of the dropped one may be found now: those that the dropped one
  // had from `first_name` on, each before the name that its next owner has.
  std::vector<std::string> successor_names(const std::string& first_name, const DroppedTable* dropped) const;
  // Whether rows of the dropped table were copied into the one that has that name now, also by way of others.
  bool is_filled_from(const std::string& table, const DroppedTable* dropped) const;

  // Call it with the text of each statement that has run: follows savepoints, also those that no virtual table hears of.
  void ran(std::string_view statement);
  // Whether any connection of the process has something noted, so that ran() is to be called. Any thread.
  static bool are_any();

  size_t mark() const { return steps_.size(); }
  void rollback_to(size_t mark);
  void clear();

 private:
  struct Step {
    enum class Kind { kCopy, kRename, kRenameColumn, kDrop };
    Kind kind;
    std::string table;  // whose columns are filled or renamed, or which is dropped
    std::string from;   // the name before of the table or the column that is renamed; the table copied
    std::string to;     // the name behind
    ColumnPairs columns;
    const DroppedTable* dropped = nullptr;
    Certainty certainty = Certainty::kDone;  // of the renaming of a column
  };
  void add(Step step);
  // The same, of the tables as they are before the step `until`; `budget` bounds how many steps are looked at.
  std::optional<std::string> trace(size_t until, std::string table, std::string column,
                                   const DroppedTable* dropped, size_t& budget) const;
  bool leads_to(size_t until, std::string table, const DroppedTable* dropped, size_t& budget) const;
  std::string name_of_next(const std::string& wanted, const std::string& first_name,
                           const DroppedTable* dropped) const;
  // Where a column of the table with that name before a step ends, if it is the dropped one; no column asks only for that.
  std::optional<std::string> column_when_dropped(size_t step, std::string table, std::string column,
                                                 const DroppedTable* dropped) const;

  std::vector<Step> steps_;
  // The savepoints that were set since something was noted, and how far steps_ went then.
  std::vector<std::pair<std::string, size_t>> savepoints_;
  size_t settled_ = 0;  // of the steps: their renamings have happened, or were taken back
};

}  // namespace spectradb::extension
