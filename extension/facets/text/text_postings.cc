#include "extension/facets/text/text_postings.h"

#include "temporal/index_schema.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

constexpr size_t kTextIdBytes = sizeof(uint32_t);

}  // namespace

std::string key_under(uint32_t id, std::string_view key) {
  std::string whole;
  temporal::append_table_id(whole, id);
  return whole.append(key);
}

PostingReader::PostingReader(const MatchSpace& space)
    : space_(space), cursor_(space.store.new_cursor(space.options), space.times) {}

uint64_t PostingReader::estimate(std::string_view from, std::string_view to) const {
  return space_.store.range_size(key_under(space_.index.id, from), key_under(space_.index.id, to)).current;
}

Status PostingReader::read(std::string_view from, std::string_view to, bool is_merged, Postings* list) {
  for (cursor_.seek(key_under(space_.index.id, from), key_under(space_.index.id, to), false); cursor_.valid();
       cursor_.next()) {
    const std::string_view entry = cursor_.row().user_key.substr(kTextIdBytes);
    size_t size = from.size();
    if (is_merged) {
      SPECTRADB_ASSIGN_OR_RETURN(const temporal::PartsExtent extent,
                                 temporal::extent_of_parts(entry, space_.index.entry_parts()));
      size = extent.size;
    }
    list->add(entry.substr(size), cursor_.row().payload);
  }
  SPECTRADB_RETURN_IF_ERROR(cursor_.status());
  return is_merged ? list->merge() : Status::ok();
}

Status PostingReader::seek(const Postings& keys, std::string_view word, Postings* list) {
  std::string key = key_under(space_.index.id, word);
  const size_t size = key.size();
  for (size_t i = 0; i < keys.size(); ++i) {
    key.resize(size);
    key.append(keys.key(i));
    cursor_.seek_point(key);
    if (cursor_.valid()) list->add(keys.key(i), cursor_.row().payload);
    SPECTRADB_RETURN_IF_ERROR(cursor_.status());
  }
  return Status::ok();
}

}  // namespace spectradb::extension
