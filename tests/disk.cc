#include "tests/disk.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

using Kind = FileCall::Kind;

constexpr uint64_t kSectorBytes = 512;

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

void put(std::string* contents, uint64_t offset, std::string_view bytes) {
  if (contents->size() < offset + bytes.size()) contents->resize(offset + bytes.size());
  contents->replace(offset, bytes.size(), bytes);
}

void apply_to_file(const FileCall& call, std::string* contents) {
  if (call.kind == Kind::kTruncate) contents->resize(call.offset);
  if (call.kind == Kind::kWrite) put(contents, call.offset, call.bytes);
}

void apply_to_names(const FileCall& call, std::map<std::string, int>* names) {
  const std::string name = name_of(call.path);
  if (call.kind == Kind::kCreate) (*names)[name] = call.file;
  if (call.kind == Kind::kMakeDirectory) (*names)[name] = -1;
  if (call.kind == Kind::kUnlink || call.kind == Kind::kRename) names->erase(name);
  if (call.kind == Kind::kRename) (*names)[name_of(call.bytes)] = call.file;
}

// Puts only the part of a write before some sector boundary, or only the part behind it.
void put_torn(const FileCall& write, std::mt19937_64& random, std::string* contents) {
  const uint64_t first = write.offset / kSectorBytes + 1;
  const uint64_t last = (write.offset + write.bytes.size() - 1) / kSectorBytes;
  if (first > last) return;  // a write within one sector is all or nothing
  const uint64_t size = (first + random() % (last - first + 1)) * kSectorBytes - write.offset;
  const std::string_view bytes = write.bytes;
  if (random() % 2 == 0) {
    put(contents, write.offset, bytes.substr(0, size));
  } else {
    put(contents, write.offset + size, bytes.substr(size));
  }
}

}  // namespace

uint64_t DiskImage::hash() const {
  uint64_t sum = 0;
  const auto add = [&](const std::string& text) { sum = sum * 1000003 + std::hash<std::string>()(text); };
  for (const auto& [path, contents] : files) {
    add(path);
    add(*contents);
  }
  for (const std::string& path : directories) add(path);
  return sum;
}

void DiskImage::write_to(const std::string& directory) const {
  for (const std::string& path : directories) std::filesystem::create_directory(directory + "/" + path);
  for (const auto& [path, contents] : files) {
    std::ofstream file(directory + "/" + path, std::ios::binary);
    file.write(contents->data(), static_cast<std::streamsize>(contents->size()));
    if (!file.flush()) fail("cannot write the image's file " + path);
  }
}

Disk::Disk(Order order, const DiskImage& image) : order_(order) {
  for (const std::string& path : image.directories) {
    directories_[path];
    directories_[parent_of(path)].durable[name_of(path)] = -1;
  }
  for (const auto& [path, contents] : image.files) {
    directories_[parent_of(path)].durable[name_of(path)] = static_cast<int>(files_.size());
    files_.push_back({*contents, {}});
  }
}

FileNumbers Disk::files() const {
  FileNumbers numbers;
  for (const auto& [path, directory] : directories_) {
    for (const auto& [name, file] : directory.durable) {
      if (file >= 0) numbers[path.empty() ? name : path + "/" + name] = file;
    }
  }
  return numbers;
}

void Disk::apply(const FileCall& call) {
  switch (call.kind) {
    case Kind::kMark:
      return;
    case Kind::kWrite:
    case Kind::kTruncate:
      files_.at(static_cast<size_t>(call.file)).pending.push_back(call);
      return;
    case Kind::kSync: {
      File& file = files_.at(static_cast<size_t>(call.file));
      for (const FileCall& pending : file.pending) apply_to_file(pending, &file.durable);
      file.pending.clear();
      return;
    }
    case Kind::kSyncDirectory: {
      Directory& directory = directories_.at(call.path);
      for (const FileCall& pending : directory.pending) apply_to_names(pending, &directory.durable);
      directory.pending.clear();
      return;
    }
    case Kind::kCreate:
      if (files_.size() <= static_cast<size_t>(call.file)) files_.resize(static_cast<size_t>(call.file) + 1);
      break;
    case Kind::kMakeDirectory:
      directories_[call.path];
      break;
    case Kind::kUnlink:
    case Kind::kRename:
      break;
  }
  directories_.at(parent_of(call.path)).pending.push_back(call);
}

// Applies the first of the pending calls; if the last of these is a write, a part of it may be missing.
std::string Disk::contents_in_order(const File& file, std::mt19937_64& random) {
  std::string bytes = file.durable;
  const size_t kept = random() % (file.pending.size() + 1);
  for (size_t i = 0; i < kept; ++i) {
    const FileCall& call = file.pending[i];
    const bool is_torn = i + 1 == kept && call.kind == Kind::kWrite && random() % 3 == 0;
    if (is_torn) {
      put_torn(call, random, &bytes);
    } else {
      apply_to_file(call, &bytes);
    }
  }
  return bytes;
}

std::string Disk::contents_in_any_order(const File& file, std::mt19937_64& random) {
  constexpr std::array<uint64_t, 4> kPercents = {5, 50, 95, 100};
  const uint64_t kept_percent = kPercents[random() % kPercents.size()];
  const uint64_t torn_percent = random() % 2 == 0 ? 0 : 30;
  const auto is_truncation = [](const FileCall& call) { return call.kind == Kind::kTruncate; };
  const auto all = std::count_if(file.pending.begin(), file.pending.end(), is_truncation);
  uint64_t truncations = random() % (static_cast<uint64_t>(all) + 1);
  std::string bytes = file.durable;
  for (const FileCall& call : file.pending) {
    if (is_truncation(call)) {
      if (truncations == 0) continue;
      truncations -= 1;
      apply_to_file(call, &bytes);
    } else if (random() % 100 < torn_percent) {
      put_torn(call, random, &bytes);
    } else if (random() % 100 < kept_percent) {
      apply_to_file(call, &bytes);
    }
  }
  return bytes;
}

std::string Disk::contents(const File& file, Keep keep, std::mt19937_64* random) const {
  if (keep == Keep::kSome)
    return order_ == Order::kAny ? contents_in_any_order(file, *random) : contents_in_order(file, *random);
  std::string bytes = file.durable;
  if (keep == Keep::kEverything) {
    for (const FileCall& call : file.pending) apply_to_file(call, &bytes);
  }
  return bytes;
}

DiskImage Disk::image(Keep keep, std::mt19937_64* random) const {
  DiskImage image;
  for (const auto& [path, directory] : directories_) {  // a directory comes before those in it
    const bool is_there = path.empty() || std::find(image.directories.begin(), image.directories.end(),
                                                    path) != image.directories.end();
    if (!is_there) continue;
    std::map<std::string, int> names = directory.durable;
    size_t changes = keep == Keep::kNothing ? 0 : directory.pending.size();
    if (keep == Keep::kSome) changes = (*random)() % (changes + 1);
    for (size_t i = 0; i < changes; ++i) apply_to_names(directory.pending[i], &names);
    for (const auto& [name, file] : names) {
      const std::string inside = path.empty() ? name : path + "/" + name;
      if (file < 0) {
        image.directories.push_back(inside);
      } else if (!name.ends_with("-shm")) {  // SQLite makes it anew
        image.files[inside] =
            std::make_shared<const std::string>(contents(files_[static_cast<size_t>(file)], keep, random));
      }
    }
  }
  return image;
}

DiskImage Disk::nothing_unsynced() const { return image(Keep::kNothing, nullptr); }
DiskImage Disk::everything() const { return image(Keep::kEverything, nullptr); }
DiskImage Disk::something(std::mt19937_64& random) const { return image(Keep::kSome, &random); }

}  // namespace spectradb::tests
