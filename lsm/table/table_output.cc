#include "lsm/table/table_output.h"

#include "lsm/base/out_of_memory.h"
#include "lsm/file/file_names.h"

namespace spectradb::lsm {

TableOutput::TableOutput(TableOutputOptions options, std::function<uint64_t()> new_number)
    : options_(std::move(options)), new_number_(std::move(new_number)) {}

TableOutput::~TableOutput() { remove(); }

void TableOutput::remove() {
  builder_.reset();
  for (const uint64_t number : numbers_) {
    (void)no_memory_as_status([&] {  // a file that cannot be removed is left as an orphan
      return options_.file_system->remove(path_in(options_.directory, sstable_name(number)));
    });
  }
  numbers_.clear();
}

uint64_t TableOutput::size_bytes() const {
  uint64_t bytes = 0;
  for (const FileMeta& file : files_) bytes += file.size_bytes;
  return bytes;
}

Status TableOutput::begin_file() {
  const uint64_t number = new_number_();
  SPECTRADB_ASSIGN_OR_RETURN(auto file,
                             options_.file_system->create(path_in(options_.directory, sstable_name(number))));
  numbers_.push_back(number);
  builder_ = std::make_unique<SstableBuilder>(options_.sstable, number, std::move(file));
  return Status::ok();
}

Status TableOutput::end_file() {
  SPECTRADB_ASSIGN_OR_RETURN(auto meta, builder_->finish());
  files_.push_back(std::move(meta));
  builder_.reset();
  return Status::ok();
}

// Most versions come from other files. Where their checksums are right but their order is wrong, nothing
// unreadable is made of them.
Status TableOutput::check_order(const VersionIterator& version, uint64_t recency) const {
  const FileMeta* last = builder_ != nullptr ? &builder_->meta() : files_.empty() ? nullptr : &files_.back();
  const int order = last == nullptr ? 1 : version.user_key().compare(last->last_key);
  const bool is_behind =
      order > 0 ||
      (order == 0 && (version.commit() < last->last_commit ||
                      (version.commit() == last->last_commit && version.ordinal() < last->last_ordinal)));
  if (is_behind && recency >= version.commit()) return Status::ok();
  return Status::corrupt("the store in " + options_.directory +
                         " has a file whose versions are out of order; spectradb_check() names it");
}

Status TableOutput::add(const VersionIterator& version, uint64_t recency, const VersionBounds& valid) {
  SPECTRADB_RETURN_IF_ERROR(check_order(version, recency));
  if (builder_ != nullptr && builder_->size_bytes() >= options_.max_bytes &&
      (options_.split_keys || version.user_key() != builder_->last_key())) {
    SPECTRADB_RETURN_IF_ERROR(end_file());
  }
  if (builder_ == nullptr) SPECTRADB_RETURN_IF_ERROR(begin_file());
  return builder_->add(version.user_key(), version.commit(), version.ordinal(), recency, version.value(),
                       valid);
}

Status TableOutput::finish() { return builder_ == nullptr ? Status::ok() : end_file(); }

}  // namespace spectradb::lsm
