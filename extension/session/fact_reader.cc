#include "extension/session/fact_reader.h"

#include <algorithm>

namespace spectradb::extension {

namespace {

constexpr uint32_t kStepsBetweenQuestions = 1024;

}  // namespace

Status FactReader::open(std::shared_ptr<Database> database) {
  database_ = std::move(database);
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t snapshot, database_->snapshot());
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database_->store());
  store_ = store;
  horizons_ = &database_->valid_horizons();
  snapshot_ = snapshot;
  own_ = database_->batch();
  own_commit_ = database_->own_commit();
  own_mark_ = own_ == nullptr ? 0 : own_->mark();
  return Status::ok();
}

Status FactReader::check_interrupted() const {
  if (++steps_ % kStepsBetweenQuestions != 0 || !database_->is_interrupted()) return Status::ok();
  return {Code::kInterrupted, "interrupted"};
}

lsm::CursorOptions FactReader::options(uint64_t max_commit) const {
  lsm::CursorOptions options;
  options.max_commit = std::min(max_commit, snapshot_);
  if (own_ != nullptr && max_commit >= own_commit_) {
    options.own = own_.get();
    options.own_commit = own_commit_;
  }
  return options;
}

std::unique_ptr<lsm::VersionCursor> FactReader::shown(std::unique_ptr<lsm::VersionCursor> versions) const {
  versions = temporal::unsealed(std::move(versions), database_->subjects().tables(), shown_);
  return horizons_ == nullptr ? std::move(versions)
                              : temporal::from_horizons(std::move(versions), *horizons_);
}

std::unique_ptr<lsm::VersionCursor> FactReader::versions(uint64_t min_commit, uint64_t max_commit) const {
  lsm::CursorOptions versions = options(max_commit);
  versions.min_commit = min_commit;
  return shown(store_->new_cursor(versions));
}

std::unique_ptr<temporal::RowCursor> FactReader::rows(uint64_t commit,
                                                      const temporal::ReadTimes& times) const {
  return std::make_unique<temporal::RowCursor>(shown(store_->new_cursor(options(commit))), times);
}

}  // namespace spectradb::extension
