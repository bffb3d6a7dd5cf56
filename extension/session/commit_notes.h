// The annotations of transactions (extension/session/annotations.h), kept with the commits of one database:
//
//   _spectradb_notes(commit_no, name, value)       made with the first note
#pragma once

#include "extension/facet/commit_part.h"

namespace spectradb::extension {

class CommitNotes : public CommitPart {
 public:
  static constexpr const char* kTable = "_spectradb_notes";

  explicit CommitNotes(Database& database) : database_(database) {}

  void begin() override;
  Status write(uint64_t commit) override;
  bool is_written() const override;

 private:
  Database& database_;
  uint64_t recorded_ = 0;  // the version of the annotations that is in the table
};

}  // namespace spectradb::extension
