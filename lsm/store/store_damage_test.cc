// Every byte of every file of a small store, changed: a read gives the right answer or says what is corrupt.
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <functional>

#include "lsm/file/file_names.h"
#include "lsm/log/manifest.h"
#include "lsm/testing/small_store.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr std::array<unsigned char, 9> kPatterns{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
constexpr uint64_t kKeys = 30;

struct Answer {
  std::string rows;
  Status status;
};

void add_row(const VersionCursor& cursor, std::string* rows) {
  rows->append(cursor.user_key()).append("@").append(std::to_string(cursor.commit())).append(".");
  rows->append(std::to_string(cursor.ordinal())).append("=").append(cursor.value()).append("\n");
}

Answer scan(VersionCursor& cursor) {
  Answer answer;
  for (cursor.seek(""); cursor.valid(); cursor.next()) add_row(cursor, &answer.rows);
  answer.status = cursor.status();
  return answer;
}

Answer scan_backwards(VersionCursor& cursor) {
  Answer answer;
  std::string before = "zzz";
  for (cursor.seek_before(before); cursor.valid(); cursor.seek_before(before)) {
    add_row(cursor, &answer.rows);
    before = cursor.user_key();
  }
  answer.status = cursor.status();
  return answer;
}

Answer point(VersionCursor& cursor, const std::string& key) {
  Answer answer;
  for (cursor.seek_key(key); cursor.valid(); cursor.next()) add_row(cursor, &answer.rows);
  answer.status = cursor.status();
  return answer;
}

// Reads the latest state by scan, by key and backwards; each commit; one instant of valid time; and all
// versions.
std::vector<Answer> ask_all(Store& store, uint64_t commits) {
  std::vector<Answer> answers;
  CursorOptions latest{commits, nullptr, 0, std::nullopt};
  latest.all_versions = false;
  const auto cursor = store.new_cursor(latest);
  answers.push_back(scan(*cursor));
  answers.push_back(scan_backwards(*cursor));
  for (uint64_t key = 0; key < kKeys; ++key) answers.push_back(point(*cursor, numbered("key ", 100 + key)));
  answers.push_back(point(*cursor, "period"));
  answers.push_back(point(*cursor, "absent"));
  for (uint64_t commit = 0; commit < commits; ++commit) {
    cursor->set_max_commit(commit);
    answers.push_back(scan(*cursor));
  }
  cursor->set_max_commit(commits);
  cursor->set_valid_at(12);
  answers.push_back(scan(*cursor));
  answers.push_back(scan(*store.new_cursor({commits, nullptr, 0, std::nullopt})));
  return answers;
}

struct Counts {
  uint64_t changes = 0;
  uint64_t refused = 0;  // by opening or by a read
  uint64_t harmless = 0;
};

// Returns true when the store refused some answer.
bool ask_damaged(const SmallStore& small, const Files& files, const std::vector<Answer>& right,
                 bool may_look_torn) {
  const StoreOptions options = SmallStore::options_on(SmallStore::file_system_of(files));
  const auto store = Store::open(options, small.committed());
  if (!store) {
    INFO(store.status().message());
    REQUIRE(store.status().message().find("db") != std::string::npos);
    // The last frames of a log may have been lost as well as damaged.
    const bool is_told =
        store.status().code() == Code::kCorrupt || (may_look_torn && store.status().code() == Code::kInvalid);
    REQUIRE(is_told);
    return true;
  }
  bool is_refused = false;
  const std::vector<Answer> answers = ask_all(**store, small.committed().commit);
  for (size_t index = 0; index < right.size(); ++index) {
    const Answer& answer = answers[index];
    if (answer.status) {
      const bool is_right = answer.rows == right[index].rows;
      CAPTURE(index);
      REQUIRE(is_right);
      continue;
    }
    is_refused = true;
    const bool is_beginning = right[index].rows.starts_with(answer.rows);
    REQUIRE(is_beginning);
    REQUIRE(answer.status.code() == Code::kCorrupt);
    REQUIRE(answer.status.message().find("db/") != std::string::npos);
  }
  return is_refused;
}

std::vector<Answer> right_answers(const SmallStore& small) {
  const auto store =
      Store::open(SmallStore::options_on(SmallStore::file_system_of(small.files())), small.committed());
  REQUIRE(store);
  const auto answers = ask_all(**store, small.committed().commit);
  for (const Answer& answer : answers) REQUIRE(answer.status);
  REQUIRE(answers.front().rows.size() > 1000);
  return answers;
}

}  // namespace

TEST_CASE("every byte of every file changed gives the right answers or says what is corrupt") {
  const SmallStore small;
  const std::vector<Answer> right = right_answers(small);
  REQUIRE(small.files().size() >= 8);
  Counts all;
  for (const auto& file : small.files()) {
    const auto& [name, bytes] = file;
    INFO(file.first);
    Counts of_file;
    for (size_t offset = 0; offset < bytes.size(); ++offset) {
      CAPTURE(offset);
      for (const unsigned char pattern : kPatterns) {
        Files files = small.files();
        files[name][offset] = static_cast<char>(files[name][offset] ^ pattern);
        const bool is_refused = ask_damaged(small, files, right, name.starts_with("log-"));
        of_file.changes += 1;
        (is_refused ? of_file.refused : of_file.harmless) += 1;
      }
    }
    all.changes += of_file.changes;
    all.refused += of_file.refused;
    all.harmless += of_file.harmless;
  }
  std::fprintf(
      stderr,
      "bytes changed: %llu changes of %zu files, %llu refused as corrupt, %llu harmless, no wrong row\n",
      static_cast<unsigned long long>(all.changes), small.files().size(),
      static_cast<unsigned long long>(all.refused), static_cast<unsigned long long>(all.harmless));
  CHECK(all.refused * 10 >= all.changes * 9);
}

TEST_CASE("every file cut off or gone gives the right answers or says what is corrupt") {
  const SmallStore small;
  const std::vector<Answer> right = right_answers(small);
  for (const auto& file : small.files()) {
    const auto& [name, bytes] = file;
    INFO(file.first);
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 60) {
      CAPTURE(size);
      Files files = small.files();
      files[name].resize(size);
      REQUIRE(ask_damaged(small, files, right, name.starts_with("log-")));
    }
    if (name == "MANIFEST") continue;  // without it there is no store
    Files files = small.files();
    files.erase(name);
    REQUIRE(ask_damaged(small, files, right, name.starts_with("log-")));
  }
}

TEST_CASE(
    "a manifest that names a table twice, by a number that a later one will get, or in a wrong place is "
    "refused") {
  const SmallStore small;
  const std::string name(kManifestName);
  const auto manifest = Manifest::decode(name, small.files().at(name));
  REQUIRE(manifest);
  const auto opened_with = [&](const std::function<void(Manifest&)>& forge) {
    Manifest forged = *manifest;
    forge(forged);
    Files files = small.files();
    files[name] = forged.encode();
    const auto store =
        Store::open(SmallStore::options_on(SmallStore::file_system_of(files)), small.committed());
    return store ? Status::ok() : store.status();
  };
  CHECK(opened_with([](Manifest&) {}));
  CHECK(opened_with([](Manifest& m) { m.files.push_back(m.files[0]); }).code() == Code::kCorrupt);
  CHECK(opened_with([](Manifest& m) { m.next_file = m.files[0].meta.number; }).code() == Code::kCorrupt);
  CHECK(opened_with([](Manifest& m) { m.files[0].meta.number = UINT64_MAX; }).code() == Code::kCorrupt);
  const auto in_other_shard = [](Manifest& m) { m.files[0].shard = (m.files[0].shard + 1) % m.shard_count; };
  CHECK(opened_with(in_other_shard).code() == Code::kCorrupt);
  const auto overlapping = [](Manifest& m) {  // two files of a sorted run
    for (size_t i = 0; i < m.files.size(); ++i) {
      for (size_t j = i + 1; j < m.files.size(); ++j) {
        Manifest::File& a = m.files[i];
        Manifest::File& b = m.files[j];
        if (a.shard != b.shard || a.level == kHistoryLevel || b.level == kHistoryLevel) continue;
        if (a.meta.last_key <= b.meta.first_key) continue;
        a.level = b.level = kHistoryLevel - 1;
        return;
      }
    }
    FAIL("no two files overlap");
  };
  CHECK(opened_with(overlapping).code() == Code::kCorrupt);
}
