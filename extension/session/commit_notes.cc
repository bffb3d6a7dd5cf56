#include "extension/session/commit_notes.h"

#include "extension/host/errors.h"
#include "extension/session/annotations.h"
#include "extension/session/database.h"

namespace spectradb::extension {

void CommitNotes::begin() { recorded_ = database_.connection().part<Annotations>().version(); }

bool CommitNotes::is_written() const {
  return recorded_ == database_.connection().part<Annotations>().version();
}

Status CommitNotes::write(uint64_t commit) {
  const Annotations& annotations = database_.connection().part<Annotations>();
  const std::vector<const Annotation*> list = annotations.list();
  const bool is_known = is_written();
  recorded_ = annotations.version();
  if (list.empty()) {
    if (is_known) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const bool may_have_written, database_.has_notes());
    if (!may_have_written) return Status::ok();
  }
  sqlite3* db = database_.connection().handle();
  const std::string table = database_.qualified(kTable);
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_make(kTable));
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE TABLE IF NOT EXISTS " + table +
                      "(commit_no INTEGER, name TEXT, value, PRIMARY KEY (commit_no, name)) WITHOUT ROWID"));
  Query remove(db, "DELETE FROM " + table + " WHERE commit_no = ?1");
  SPECTRADB_RETURN_IF_ERROR(remove.bind(1, static_cast<int64_t>(commit)).run());
  Query insert(db, "INSERT INTO " + table + "(commit_no, name, value) VALUES (?1, ?2, ?3)");
  for (const Annotation* annotation : list) {
    insert.bind(1, static_cast<int64_t>(commit)).bind(2, std::string_view(annotation->name));
    temporal::Value value = annotation->value;
    value.bytes = annotation->text;
    SPECTRADB_RETURN_IF_ERROR(insert.bind(3, value).run());
  }
  return Status::ok();
}

}  // namespace spectradb::extension
