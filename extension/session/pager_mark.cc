#include "extension/session/pager_mark.h"

#include "extension/session/store_location.h"

namespace spectradb::extension {

namespace {

const sqlite3_file* file_of(sqlite3* db, const std::string& schema) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  return file;
}

}  // namespace

PagerMark::PagerMark(sqlite3* db, const std::string& schema) {
  read(db, schema);
  may_go_unseen_ = file_ == nullptr || is_memdb(db, schema);
}

void PagerMark::read(sqlite3* db, const std::string& schema) {
  file_ = file_of(db, schema);
  methods_ = file_ == nullptr ? nullptr : file_->pMethods;
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_DATA_VERSION, &data_version_);
}

bool PagerMark::is_of_pager_of(const PagerMark& other) const {
  return !may_go_unseen_ && !other.may_go_unseen_ && file_ == other.file_ && methods_ == other.methods_;
}

bool PagerMark::holds(sqlite3* db, const std::string& schema) const {
  if (may_go_unseen_) return false;
  PagerMark now;
  now.read(db, schema);
  return file_ == now.file_ && methods_ == now.methods_ && data_version_ == now.data_version_;
}

std::string name_of_open_database(sqlite3* db, const std::string& schema) {
  if (sqlite3_stricmp(schema.c_str(), "temp") == 0) return schema;  // its file comes with its first table
  const char* path = sqlite3_db_filename(db, schema.c_str());
  return schema + '/' + std::to_string(reinterpret_cast<uintptr_t>(file_of(db, schema))) + '/' +
         (path == nullptr ? "" : path);
}

}  // namespace spectradb::extension
