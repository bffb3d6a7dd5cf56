#include "extension/functions/commit_texts.h"

#include "extension/host/values.h"
#include "extension/session/commit_notes.h"
#include "extension/times/commit_cursor.h"
#include "temporal/row_json.h"

namespace spectradb::extension {

Result<const std::string*> CommitTexts::notes(uint64_t commit) {
  if (commit_of_notes_ == commit) return &notes_;
  commit_of_notes_.reset();
  notes_.clear();
  if (!has_asked_) {
    has_asked_ = true;
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_notes, database_.has_notes());
    if (has_notes) {
      query_ = std::make_unique<Query>(database_.connection().handle(),
                                       "SELECT name, value FROM " + database_.qualified(CommitNotes::kTable) +
                                           " WHERE commit_no = ?1 ORDER BY name");
    }
  }
  if (query_ != nullptr) {
    const QueryScope scope(*query_);
    query_->bind(1, static_cast<int64_t>(commit));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, query_->step());
      if (!row) break;
      notes_ += notes_.empty() ? '{' : ',';
      temporal::append_json(notes_, from_sqlite(sqlite3_column_value(query_->statement(), 0)));
      notes_ += ':';
      temporal::append_json(notes_, from_sqlite(sqlite3_column_value(query_->statement(), 1)));
    }
    if (!notes_.empty()) notes_ += '}';
  }
  commit_of_notes_ = commit;
  return &notes_;
}

Result<const std::string*> CommitTexts::cursor(uint64_t commit) {
  if (commit_of_cursor_ == commit) return &cursor_;
  commit_of_cursor_.reset();
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<CommitCursor> there, cursor_of_commit(database_, commit));
  cursor_ = there ? there->text() : std::string();
  commit_of_cursor_ = commit;
  return &cursor_;
}

}  // namespace spectradb::extension
