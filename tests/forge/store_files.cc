#include "tests/forge/store_files.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lsm/base/checksum.h"
#include "lsm/log/log_format.h"
#include "lsm/table/compression.h"
#include "lsm/table/packed_numbers.h"
#include "lsm/table/sstable_format.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr uint64_t kHistoryLevel = 7;
constexpr int kCompressionLevel = 3;
const char* const kTableColumns[] = {"stored_size",  "size",         "shared",         "unshared",
                                     "last_commit",  "last_ordinal", "min_commit",     "max_commit",
                                     "min_recency",  "max_recency",  "min_valid_from", "max_valid_from",
                                     "min_valid_to", "max_valid_to"};

Field content(Field field) {
  field.is_content = true;
  return field;
}

Field meta_field(FieldReader& reader) {
  Field meta = Field::of_parts("file_meta");
  for (const char* name : {"number", "size", "versions", "keys", "raw_bytes"})
    meta.parts.push_back(reader.number(name, Form::kVarint));
  reader.bytes("first_key", &meta.parts);
  reader.bytes("last_key", &meta.parts);
  meta.parts.push_back(reader.number("last_commit", Form::kVarint));
  meta.parts.push_back(reader.number("last_ordinal", Form::kVarint));
  for (const char* name : {"min_commit", "max_commit", "min_recency", "max_recency", "min_valid_from",
                           "max_valid_from", "min_valid_to", "max_valid_to"})
    meta.parts.push_back(reader.number(name, Form::kFixed64));
  return meta;
}

Field packed_field(const std::string& name, const lsm::PackedNumbers& numbers, size_t count) {
  Field field = Field::of_list(name);
  field.form = Form::kPacked;
  for (size_t i = 0; i < count; ++i)
    field.parts.push_back(content(Field::of_number(name, Form::kVarint, numbers.at(i))));
  return field;
}

// version_count:varint commit:column ordinal:column recency:column packed packed packed
Field times_field(std::string_view bytes) {
  Field times = Field::of_parts("times");
  FieldReader reader(bytes);
  const uint64_t count = reader.varint();
  times.parts.push_back(Field::telling("version_count", Form::kVarint, Tells::kCount, count, 7));
  const char* const names[] = {"commit", "ordinal", "recency"};
  lsm::PackedNumbers columns[3];
  for (int i = 0; i < 3; ++i) {
    const uint64_t least = reader.varint();
    const uint64_t bits = reader.fixed(1);
    columns[i].begin(least, static_cast<uint32_t>(bits));
    times.parts.push_back(
        Field::telling(std::string(names[i]) + "_min", Form::kVarint, Tells::kLeast, least, 6 - i));
    times.parts.push_back(
        Field::telling(std::string(names[i]) + "_bits", Form::kByte, Tells::kBits, bits, 5 - i));
  }
  std::string padded(bytes);
  padded.append(sizeof(uint64_t), '\0');
  for (int i = 0; i < 3; ++i) {
    columns[i].packed = padded.data() + reader.offset();
    reader.raw(lsm::PackedNumbers::bytes(count, columns[i].bits));
    times.parts.push_back(packed_field(names[i], columns[i], static_cast<size_t>(count)));
  }
  return times;
}

// shared:varint unshared:varint count:varint versions_bytes:varint key_suffix versions
Field group_field(FieldReader& reader) {
  Field group = Field::of_parts("group");
  group.parts.push_back(reader.number("shared", Form::kVarint));
  const uint64_t unshared = reader.varint();
  group.parts.push_back(Field::telling("unshared", Form::kVarint, Tells::kSize, unshared, 3));
  group.parts.push_back(reader.number("count", Form::kVarint));
  const uint64_t count = group.parts.back().number;
  const uint64_t versions_bytes = reader.varint();
  group.parts.push_back(Field::telling("versions_bytes", Form::kVarint, Tells::kSize, versions_bytes, 2));
  group.parts.push_back(content(Field::of_bytes("key_suffix", reader.raw(unshared))));
  Field versions = Field::of_list("versions");
  if (count == 1) {
    versions.parts.push_back(content(Field::of_bytes("value", reader.raw(versions_bytes))));
  } else {
    FieldReader each(reader.raw(versions_bytes));
    while (!each.at_end()) {
      Field version = Field::of_parts("version");
      each.bytes("value", &version.parts);
      version.parts.back().is_content = true;
      versions.parts.push_back(std::move(version));
    }
  }
  group.parts.push_back(std::move(versions));
  return group;
}

// times_bytes:varint times group* restart* restart_count:fixed32
Field block_field(std::string_view bytes) {
  Field block = Field::of_parts("block");
  FieldReader reader(bytes);
  const uint64_t times_bytes = reader.varint();
  block.parts.push_back(Field::telling("times_bytes", Form::kVarint, Tells::kSize, times_bytes));
  block.parts.push_back(times_field(reader.raw(times_bytes)));
  const size_t begin = reader.offset();
  uint32_t restart_count = 0;
  std::memcpy(&restart_count, bytes.data() + bytes.size() - sizeof restart_count, sizeof restart_count);
  const size_t end = bytes.size() - sizeof restart_count - restart_count * 2 * sizeof(uint32_t);
  FieldReader in_groups(bytes.substr(begin, end - begin));
  Field groups = Field::of_list("groups");
  std::map<size_t, size_t> places;  // each group by the place where it begins
  while (!in_groups.at_end()) {
    places[in_groups.offset()] = groups.parts.size();
    groups.parts.push_back(group_field(in_groups));
  }
  reader.raw(end - begin);
  block.parts.push_back(std::move(groups));
  for (uint32_t i = 0; i < restart_count; ++i) {
    const uint64_t place = reader.fixed(4);
    Field offset = Field::telling("restart_offset", Form::kFixed32, Tells::kPlaceOfPart, place,
                                  -1 - 2 * static_cast<int>(i));
    offset.part = places.at(static_cast<size_t>(place));
    block.parts.push_back(std::move(offset));
    block.parts.push_back(reader.number("restart_version", Form::kFixed32));
  }
  block.parts.push_back(reader.number("restart_count", Form::kFixed32));
  return block;
}

// count:varint, fourteen columns, suffixes
Field index_field(std::string_view bytes) {
  Field index = Field::of_parts("index");
  FieldReader reader(bytes);
  const uint64_t count = reader.varint();
  index.parts.push_back(Field::telling("count", Form::kVarint, Tells::kCount, count));
  for (const char* name : kTableColumns) {
    Field column = Field::of_list(name);
    for (uint64_t i = 0; i < count; ++i) column.parts.push_back(reader.number(name, Form::kVarint));
    index.parts.push_back(std::move(column));
  }
  index.parts.push_back(Field::of_bytes("key_suffixes", reader.raw(bytes.size() - reader.offset())));
  return index;
}

Field footer_field(std::string_view bytes) {
  Field footer = Field::of_parts("footer");
  FieldReader reader(bytes);
  for (const char* name : {"filter_offset", "filter_size", "index_offset", "index_stored_size", "index_size",
                           "properties_offset", "properties_size", "number"})
    footer.parts.push_back(reader.number(name, Form::kFixed64));
  footer.parts.push_back(reader.number("version", Form::kFixed32));
  footer.parts.push_back(reader.number("dictionary_size", Form::kFixed32));
  reader.fixed(8);
  footer.parts.push_back(reader.number("magic", Form::kFixed64));
  return footer;
}

void set(Field& field, uint64_t number) {
  if (!field.is_given) field.number = number;
}

// run* | spilled
Field body_field(std::string_view bytes) {
  Field body = Field::of_list("body");
  FieldReader reader(bytes);
  while (!reader.at_end()) {
    Field run = Field::of_parts("run");
    run.parts.push_back(content(reader.number("first_ordinal", Form::kVarint)));
    run.parts.push_back(reader.number("count", Form::kVarint));
    const bool is_spilled = run.parts[0].number == 0 && run.parts[1].number == 0;
    const uint64_t size_bytes = reader.varint();
    FieldReader inside(reader.raw(size_bytes));
    run.parts.push_back(Field::telling(is_spilled ? "tables_bytes" : "records_bytes", Form::kVarint,
                                       Tells::kSize, size_bytes));
    Field list = Field::of_list(is_spilled ? "tables" : "records");
    while (!inside.at_end()) {
      Field entry = Field::of_parts(is_spilled ? "spilled_table" : "record");
      if (is_spilled) {
        entry.parts.push_back(inside.number("shard", Form::kVarint));
        entry.parts.push_back(meta_field(inside));
      } else {
        inside.bytes("key", &entry.parts);
        entry.parts.back().is_content = true;
        inside.bytes("value", &entry.parts);
        entry.parts.back().is_content = true;
      }
      list.parts.push_back(std::move(entry));
    }
    run.parts.push_back(std::move(list));
    body.parts.push_back(std::move(run));
  }
  return body;
}

StoredPart part_of(Field content, std::string_view stored, unsigned char compression,
                   std::string_view bytes) {
  StoredPart part{std::move(content), Field::of_number("compression", Form::kByte, compression), true,
                  std::string(stored), std::string(bytes)};
  if (written(part.content) != bytes) fail(part.content.name + " is written in another way than it was read");
  return part;
}

}  // namespace

StoreFiles::StoreFiles(const std::map<std::string, std::string>& files) {
  read_manifest(files.at("MANIFEST"));
  for (const auto& [name, bytes] : files) {
    if (name.starts_with("log-")) read_log(name, bytes);
    if (name.ends_with(".sst")) read_table(name, bytes);
  }
}

void StoreFiles::read_manifest(std::string_view bytes) {
  manifest = Field::of_parts("manifest");
  FieldReader reader(bytes.substr(0, bytes.size() - sizeof(uint64_t)));
  manifest.parts.push_back(reader.number("magic", Form::kFixed64));
  manifest.parts.push_back(reader.number("version", Form::kFixed32));
  manifest.parts.push_back(Field::telling("body_bytes", Form::kFixed32, Tells::kSize, reader.fixed(4)));
  Field body = Field::of_parts("body");
  reader.bytes("store_id", &body.parts);
  store_seed_ = lsm::checksum64(body.parts.back().bytes, 0);
  for (const char* name : {"shard_count", "next_file", "log_segment", "log_offset", "flushed_commit"})
    body.parts.push_back(reader.number(name, Form::kVarint));
  body.parts.push_back(reader.number("flushed_frame", Form::kFixed64));
  const auto list = [&](const char* name, auto read_one) {
    uint64_t count = reader.varint();
    body.parts.push_back(Field::telling(std::string(name) + "_count", Form::kVarint, Tells::kCount, count));
    Field all = Field::of_list(name);
    for (; count > 0; --count) all.parts.push_back(read_one());
    body.parts.push_back(std::move(all));
  };
  list("knobs", [&] {
    Field knob = Field::of_parts("knob");
    reader.bytes("knob_name", &knob.parts);
    knob.parts.push_back(reader.number("knob_value", Form::kVarint));
    return knob;
  });
  list("ranges", [&] {
    Field range = Field::of_parts("range");
    reader.bytes("range_from", &range.parts);
    range.parts.back().is_content = true;
    reader.bytes("range_to", &range.parts);
    range.parts.back().is_content = true;
    return range;
  });
  list("files", [&] {
    Field file = Field::of_parts("file");
    file.parts.push_back(reader.number("shard", Form::kVarint));
    file.parts.push_back(reader.number("level", Form::kVarint));
    if (file.parts.back().number == kHistoryLevel) {
      file.parts.push_back(reader.number("group", Form::kVarint));
      file.parts.push_back(reader.number("run", Form::kVarint));
    }
    file.parts.push_back(meta_field(reader));
    return file;
  });
  manifest.parts.push_back(std::move(body));
  if (write_manifest() != bytes) fail("the manifest is written in another way than it was read");
}

std::string StoreFiles::write_manifest() {
  std::string bytes = written(manifest);
  lsm::put_fixed64(bytes, lsm::checksum64(bytes, 0));
  return bytes;
}

void StoreFiles::read_log(const std::string& name, std::string_view bytes) {
  LogFile log;
  log.name = name;
  log.header = Field::of_parts("segment");
  FieldReader reader(bytes.substr(0, std::min<size_t>(bytes.size(), lsm::kSegmentHeaderBytes)));
  log.header.parts.push_back(reader.number("segment_magic", Form::kFixed64));
  log.header.parts.push_back(reader.number("segment_number", Form::kFixed64));
  uint64_t at = lsm::kSegmentHeaderBytes;
  while (const auto frame = lsm::read_frame(bytes, at, store_seed_)) {
    tokens_[frame->commit] = frame->token;
    const bool is_salted = !frame->salt.empty();
    Field read = Field::of_parts(
        "frame",
        {Field::of_number("frame_magic", Form::kFixed32, lsm::frame_magic(frame->is_last, is_salted)),
         Field::telling("body_bytes", Form::kFixed64, Tells::kSize, frame->body.size(), is_salted ? 3 : 2),
         content(Field::of_number("commit", Form::kFixed64, frame->commit))});
    if (is_salted) read.parts.push_back(content(Field::of_bytes("salt", frame->salt)));
    read.parts.push_back(body_field(frame->body));
    log.frames.push_back(std::move(read));
    at = frame->end;
  }
  log.rest = bytes.substr(static_cast<size_t>(at));
  std::map<uint64_t, FrameOfCommit> changed;
  if (write_log(log, &changed) != bytes || !changed.empty())
    fail(name + " is written in another way than it was read");
  logs.push_back(std::move(log));
}

std::string StoreFiles::write_log(const LogFile& log, std::map<uint64_t, FrameOfCommit>* frames) {
  std::string bytes = written(log.header);
  lsm::put_fixed64(bytes, lsm::checksum64(bytes, store_seed_));
  for (const Field& frame : log.frames) {
    const std::string all = written(frame);
    std::string one = all.substr(0, 4);
    lsm::put_fixed32(one, lsm::checksum32(all.substr(4, 16), store_seed_));
    one += all.substr(4);
    const uint64_t checksum = lsm::checksum64(one, store_seed_);
    const uint64_t token = checksum == 0 ? 1 : checksum;
    lsm::put_fixed64(one, token);
    const uint64_t commit = frame.parts[2].number;
    if (tokens_[commit] != token) (*frames)[commit] = {token, one};
    bytes += one;
  }
  return bytes + log.rest;
}

void StoreFiles::read_table(const std::string& name, std::string_view bytes) {
  TableFile table;
  table.name = name;
  const std::string_view footer = bytes.substr(bytes.size() - lsm::kFooterBytes);
  table.footer = footer_field(footer);
  table.number = table.footer.at("number").number;
  lsm::Decompressor decompressor;
  const auto stored = [&](uint64_t offset, uint64_t size) {
    return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(size));
  };
  const auto compression = [&](uint64_t offset, uint64_t size) {
    return static_cast<unsigned char>(bytes[static_cast<size_t>(offset + size)]);
  };
  const auto field = [&](const char* wanted) { return table.footer.at(wanted).number; };
  const uint64_t dictionary_size = field("dictionary_size");
  if (dictionary_size > 0) {
    table.dictionary.push_back(part_of(Field::of_bytes("dictionary", stored(0, dictionary_size)),
                                       stored(0, dictionary_size), 0, stored(0, dictionary_size)));
  }
  table.filter = part_of(Field::of_bytes("filter", stored(field("filter_offset"), field("filter_size"))),
                         stored(field("filter_offset"), field("filter_size")), 0,
                         stored(field("filter_offset"), field("filter_size")));
  const std::string_view index = stored(field("index_offset"), field("index_stored_size"));
  std::string index_bytes(index);
  const unsigned char how = compression(field("index_offset"), field("index_stored_size"));
  if (how != 0) {
    index_bytes.resize(static_cast<size_t>(field("index_size")));
    if (!decompressor.decompress(index, index_bytes.data(), index_bytes.size())) fail(name + ": its index");
  }
  table.index = part_of(index_field(index_bytes), index, how, index_bytes);
  const std::string_view properties = stored(field("properties_offset"), field("properties_size"));
  FieldReader reader(properties);
  Field meta = meta_field(reader);
  meta.name = "properties";
  table.properties = part_of(std::move(meta), properties, 0, properties);
  const Field& sizes = table.index.content.at("size");
  uint64_t offset = dictionary_size == 0 ? 0 : dictionary_size + lsm::kStoredTrailerBytes;
  for (size_t i = 0; i < sizes.parts.size(); ++i) {
    const uint64_t size = table.index.content.at("stored_size").parts[i].number;
    const std::string_view block = stored(offset, size);
    const unsigned char block_how = compression(offset, size);
    std::string whole(block);
    if (block_how == lsm::kZstd) {
      FieldReader times(block);
      times.raw(times.varint());
      whole.resize(static_cast<size_t>(sizes.parts[i].number));
      std::memcpy(whole.data(), block.data(), times.offset());
      if (!decompressor.decompress(block.substr(times.offset()), whole.data() + times.offset(),
                                   whole.size() - times.offset()))
        fail(name + ": a block");
    }
    // A block that needs the dictionary stays as it is stored.
    if (block_how == lsm::kZstdWithDictionary) {
      table.blocks.push_back(part_of(Field::of_bytes("stored_block", block), block, block_how, block));
      table.blocks.back().is_parsed = false;
    } else {
      table.blocks.push_back(part_of(block_field(whole), block, block_how, whole));
    }
    offset += size + lsm::kStoredTrailerBytes;
  }
  if (write_table(table) != bytes) fail(name + " is written in another way than it was read");
  tables.push_back(std::move(table));
}

std::string StoreFiles::write_table(TableFile& table) {
  const uint64_t seed = lsm::sstable_seed(store_seed_, table.number);
  std::string out;
  lsm::Compressor compressor(kCompressionLevel);
  // Returns the stored bytes without what follows them; sets `size` to the uncompressed size.
  const auto put = [&](const StoredPart& part, uint64_t* size) {
    const std::string bytes = written(part.content);
    std::string stored = bytes;
    *size = bytes.size();
    if (bytes == part.written) {
      stored = part.stored;
    } else if (part.is_parsed && part.compression.number == lsm::kZstd && !part.compression.is_given) {
      const bool is_block = part.content.name == "block";
      const size_t plain = is_block ? written(part.content.parts[0]).size() : 0;
      size_t begin = plain;
      if (is_block)
        begin = std::min(bytes.size(),
                         written(Field::of_parts("", {part.content.parts[0], part.content.parts[1]})).size());
      std::string rest;
      if (compressor.compress(std::string_view(bytes).substr(begin), &rest))
        stored = bytes.substr(0, begin) + rest;
    }
    auto how = static_cast<unsigned char>(part.compression.number);
    // A part that has become too small a gain to compress is stored as it is.
    if (!part.compression.is_given && part.is_parsed && bytes != part.written && stored == bytes) how = 0;
    const uint64_t offset = out.size();
    out += stored;
    out.push_back(static_cast<char>(how));
    lsm::put_fixed32(out, lsm::checksum32(stored, seed + offset + how));
    return uint64_t{stored.size()};
  };
  uint64_t size = 0;
  for (const StoredPart& dictionary : table.dictionary)
    set(table.footer.at("dictionary_size"), put(dictionary, &size));
  Field& index = table.index.content;
  for (size_t i = 0; i < table.blocks.size(); ++i) {
    const uint64_t stored = put(table.blocks[i], &size);
    if (i < index.at("stored_size").parts.size()) set(index.at("stored_size").parts[i], stored);
    if (table.blocks[i].is_parsed && i < index.at("size").parts.size()) set(index.at("size").parts[i], size);
  }
  set(table.footer.at("filter_offset"), out.size());
  set(table.footer.at("filter_size"), put(table.filter, &size));
  set(table.footer.at("index_offset"), out.size());
  set(table.footer.at("index_stored_size"), put(table.index, &size));
  set(table.footer.at("index_size"), size);
  set(table.footer.at("properties_offset"), out.size());
  set(table.footer.at("properties_size"), put(table.properties, &size));
  const std::string footer = written(table.footer);
  const size_t covered = footer.size() - sizeof(uint64_t);
  const uint64_t checksum = lsm::checksum64(footer.substr(0, covered), seed);
  out += footer.substr(0, covered);
  lsm::put_fixed64(out, checksum);
  return out + footer.substr(covered);
}

Field* StoreFiles::meta_of(uint64_t number) {
  for (Field& file : manifest.at("body").at("files").parts) {
    if (file.parts.back().parts[0].number == number) return &file.parts.back();
  }
  for (LogFile& log : logs) {
    for (Field& frame : log.frames) {
      for (Field& run : frame.parts[3].parts) {
        if (run.parts[3].name != "tables") continue;
        for (Field& table : run.parts[3].parts) {
          if (table.parts[1].parts[0].number == number) return &table.parts[1];
        }
      }
    }
  }
  return nullptr;
}

std::map<std::string, std::string> StoreFiles::write(std::map<uint64_t, FrameOfCommit>* frames) {
  std::map<std::string, std::string> files;
  for (TableFile& table : tables) {
    files[table.name] = write_table(table);
    if (Field* meta = meta_of(table.number); meta != nullptr) set(meta->at("size"), files[table.name].size());
  }
  for (const LogFile& log : logs) files[log.name] = write_log(log, frames);
  files["MANIFEST"] = write_manifest();
  return files;
}

}  // namespace spectradb::tests
