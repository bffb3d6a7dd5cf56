// Does COPY … FROM … WITH (SYSTEM_FROM column [, SYSTEM_TO column]): reads the versions of rows that another
// system has kept, each with the time from which it was there, and may be the time at which it was gone.
// Versions are written in the order of these times, a commit for each time; without an end, the next
// version of the key ends one. The file is read whole before that. When something fails, earlier commits
// stay. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "extension/facets/copy/copy_in.h"
#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/facets/copy/record_reader.h"
#include "extension/facets/copy/set_aside.h"
#include "extension/facets/copy/user_statement.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::copy {

class VersionsIn {
 public:
  VersionsIn(Connection& connection, const CopyStatement& statement)
      : connection_(connection), statement_(statement) {}

  Result<CopyResult> run();

 private:
  struct Version {
    int64_t line = 0;
    int64_t from_us = 0;
    std::optional<int64_t> to_us;
    std::string key;  // as keys are compared
    std::vector<temporal::Value> cells;
    std::vector<std::pair<size_t, SetAside::Place>> set_aside;  // cells whose bytes are read again
  };
  struct Event {
    int64_t us;
    bool is_end;
    uint32_t version;
  };

  Status open();
  Status find_key();
  void make_statements(const std::string& table);
  Status open_file();
  Status read_versions();
  Result<Version> take(const Record& record);
  Status take_times(Version& version) const;
  Result<std::optional<int64_t>> time_of(const Version& version, int place) const;
  Status make_key(Version& version) const;
  int place_of(const std::string& name) const;
  std::vector<Event> events() const;
  Status write_moment(const Event* begin, const Event* end);
  Status write_ends(const Event* begin, const Event* end);
  Status write_round(int64_t us, std::vector<uint32_t>& waiting);
  Status begin_commit(int64_t us);
  Status end_commit();
  Status write_versions(const std::vector<uint32_t>& versions);
  Result<bool> set_aside(Version& version, size_t place, const temporal::Value& value);
  Status run_with(UserStatement& statement, const Version& version);
  Status named(const Status& status, int64_t line) const;

  Connection& connection_;
  const CopyStatement& statement_;
  std::shared_ptr<Database> database_;
  CopyTarget target_;
  int from_place_ = -1;
  int to_place_ = -1;
  std::vector<int> key_places_;  // among the columns of the file
  std::vector<temporal::Collation> key_collations_;
  std::string update_text_;  // empty: the table has keys alone
  std::string delete_text_;
  std::unique_ptr<RecordReader> reader_;
  std::deque<std::string> bytes_;  // of cells that are not set aside
  SetAside large_;
  std::vector<Version> versions_;
  std::unordered_map<std::string, uint32_t> current_;  // the version of each key that is there
  std::optional<int64_t> last_us_;                     // the time of the last commit
  std::unique_ptr<WriteScope> scope_;
  std::unique_ptr<UserStatement> insert_;
  std::unique_ptr<UserStatement> update_;
  std::unique_ptr<UserStatement> delete_;
  CopyResult result_;
};

}  // namespace spectradb::extension::copy
