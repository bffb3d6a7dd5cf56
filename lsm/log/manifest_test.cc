#include "lsm/log/manifest.h"

#include <doctest/doctest.h>

#include <functional>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

Manifest some_manifest() {
  Manifest manifest;
  manifest.store_id = std::string(32, 'a');
  manifest.shard_count = 3;
  manifest.next_file = 12;
  manifest.log_start = {4, 77};
  manifest.flushed_commit = 77;
  manifest.flushed_frame = 0x1234567890abcdef;
  FileMeta meta;
  meta.number = 11;
  meta.size_bytes = 1000;
  meta.version_count = 20;
  meta.first_key = "a";
  meta.last_key = std::string("z\0z", 3);
  meta.last_commit = 5;
  meta.last_ordinal = 6;
  meta.bounds.add(5, 8, {INT64_MIN, 9});
  manifest.files.push_back({2, 1, meta});
  manifest.files.push_back({1, kHistoryLevel, meta, 3, 2});
  return manifest;
}

}  // namespace

TEST_CASE("a manifest comes back as it was written") {
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  CHECK(Manifest::read(*files, "db").status().code() == Code::kMissing);
  const Manifest manifest = some_manifest();
  REQUIRE(manifest.stage(*files, "db"));
  CHECK(Manifest::read(*files, "db").status().code() == Code::kMissing);
  REQUIRE(Manifest::put_in_place(*files, "db"));
  const auto read = Manifest::read(*files, "db");
  REQUIRE(read);
  CHECK(read->encode() == manifest.encode());
  CHECK(read->files[0].meta.last_key == manifest.files[0].meta.last_key);
  CHECK(read->files[0].meta.bounds.max_valid_to == 9);
  CHECK(read->files[0].meta.bounds.max_recency == 8);
  CHECK(read->files[1].group == 3);
  CHECK(read->files[1].run == 2);
}

TEST_CASE("every damaged byte and every cut of a manifest is noticed") {
  const std::string intact = some_manifest().encode();
  for (size_t at = 0; at < intact.size(); ++at) {
    CAPTURE(at);
    std::string damaged = intact;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    REQUIRE(Manifest::decode("MANIFEST", damaged).status().code() == Code::kCorrupt);
    REQUIRE(Manifest::decode("MANIFEST", intact.substr(0, at)).status().code() == Code::kCorrupt);
  }
}

TEST_CASE("a manifest keeps knobs, those of later releases too, but no value that a knob cannot have") {
  Manifest manifest = some_manifest();
  const std::string without = manifest.encode();
  manifest.knobs = {{"bloom_bits_per_key", 12}, {"of_a_later_release", 7}};
  const auto read = Manifest::decode("MANIFEST", manifest.encode());
  REQUIRE(read);
  CHECK(read->knobs == manifest.knobs);
  CHECK(read->files.size() == 2);
  manifest.knobs["bloom_bits_per_key"] = 1000;
  CHECK(Manifest::decode("MANIFEST", manifest.encode()).status().code() == Code::kCorrupt);
}

TEST_CASE("a manifest from before there were knobs is read") {
  Manifest manifest = some_manifest();
  manifest.files.clear();
  std::string bytes = manifest.encode();  // ends with no knobs, ranges and files, and the checksum
  bytes.resize(bytes.size() - 3 - sizeof(uint64_t));
  std::string old = bytes.substr(0, 8);
  put_fixed32(old, 3);
  put_fixed32(old, static_cast<uint32_t>(bytes.size() + 1 - 16));
  old += bytes.substr(16) + '\0';
  put_fixed64(old, checksum64(old, 0));
  const auto read = Manifest::decode("MANIFEST", old);
  REQUIRE(read);
  CHECK(read->knobs.empty());
  CHECK(read->flushed_commit == 77);
  CHECK_FALSE(read->has_salts);
}

TEST_CASE(
    "a manifest says by its version whether frames may have salts, and refuses one of a later release") {
  Manifest manifest = some_manifest();
  const auto version_of = [](const std::string& bytes) { return load_fixed32(bytes.data() + 8); };
  CHECK(version_of(manifest.encode()) == 5);
  CHECK(Manifest::decode("MANIFEST", manifest.encode())->has_salts);
  manifest.has_salts = false;
  CHECK(version_of(manifest.encode()) == 4);
  const auto read = Manifest::decode("MANIFEST", manifest.encode());
  REQUIRE(read);
  CHECK_FALSE(read->has_salts);
  CHECK(read->checksum() == manifest.checksum());
  std::string later = manifest.encode();
  later[8] = 6;
  later.resize(later.size() - sizeof(uint64_t));
  put_fixed64(later, checksum64(later, 0));
  CHECK(Manifest::decode("MANIFEST", later).status().message() ==
        "MANIFEST has format version 6, which this release of SpectraDB cannot read; use a newer one");
}

TEST_CASE("a manifest counts no further than files, segments and commits can go") {
  const auto is_read_with = [](const std::function<void(Manifest&)>& forge) {
    Manifest manifest = some_manifest();
    forge(manifest);
    return Manifest::decode("MANIFEST", manifest.encode()).is_ok();
  };
  CHECK(is_read_with([](Manifest&) {}));
  CHECK_FALSE(is_read_with([](Manifest& m) { m.next_file = UINT64_MAX; }));
  CHECK_FALSE(is_read_with([](Manifest& m) { m.log_start.segment = 0; }));
  CHECK_FALSE(is_read_with([](Manifest& m) { m.log_start.segment = UINT64_MAX; }));
  CHECK_FALSE(is_read_with([](Manifest& m) { m.flushed_commit = UINT64_MAX; }));
  CHECK_FALSE(is_read_with([](Manifest& m) { m.shard_count = kMaxShards + 1; }));
  CHECK_FALSE(is_read_with([](Manifest& m) { m.files[0].shard = m.shard_count; }));
}
