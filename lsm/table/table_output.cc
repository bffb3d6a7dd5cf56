#include "lsm/table/table_output.h"

#include "base/assert.h"
#include "lsm/base/out_of_memory.h"
#include "lsm/file/file_names.h"

namespace spectradb::lsm {

TableOutput::TableOutput(TableOutputOptions options, std::function<uint64_t()> new_number)
    : options_(std::move(options)), new_number_(std::move(new_number)) {}

TableOutput::~TableOutput() { remove(); }

void TableOutput::remove() {
  builder_.reset();
  for (const uint64_t number : numbers_) {
    (void)no_memory_as_status([&] {  // else an orphan
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
  auto file = options_.file_system->create(path_in(options_.directory, sstable_name(number)));
  if (!file) return file.status();
  numbers_.push_back(number);
  builder_ = std::make_unique<SstableBuilder>(options_.sstable, number, std::move(*file));
  return Status::ok();
}

Status TableOutput::end_file() {
  auto meta = builder_->finish();
  if (!meta) return meta.status();
  files_.push_back(std::move(*meta));
  builder_.reset();
  return Status::ok();
}

Status TableOutput::add(const VersionIterator& version, uint64_t recency, const VersionBounds& valid) {
  if (builder_ != nullptr && builder_->size_bytes() >= options_.max_bytes &&
      (options_.split_keys || version.user_key() != builder_->last_key())) {
    SPECTRADB_RETURN_IF_ERROR(end_file());
  }
  if (builder_ == nullptr) SPECTRADB_RETURN_IF_ERROR(begin_file());
  // Keys come in the order that readers search by; the block asserts that of the versions of one key.
  SPECTRADB_ASSERT(builder_->last_key().empty() || version.user_key() >= builder_->last_key());
  return builder_->add(version.user_key(), version.commit(), version.ordinal(), recency, version.value(),
                       valid);
}

Status TableOutput::finish() { return builder_ == nullptr ? Status::ok() : end_file(); }

}  // namespace spectradb::lsm
