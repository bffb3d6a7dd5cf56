// Searches all bytes of a database's files: each file as it is, and each compressed block in it, decompressed with the file's
// dictionary. Used by tests of what an erasure leaves.
#pragma once

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {

// Searches bytes as they are, and each zstd frame that begins anywhere in them.
class ByteScan {
 public:
  ByteScan(std::vector<std::string> words, std::vector<std::string> seeds)
      : words_(std::move(words)), sought_seeds_(std::move(seeds)) {}

  // All files beside the database, and what its rows have of SSTables, each file's rows together.
  void directory(const std::string& path, bool has_rows, Database* database) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      file(entry.path().string(), std::string(std::istreambuf_iterator<char>(stream), {}));
    }
    if (!has_rows) return;
    std::map<int64_t, std::string> files;
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database->handle(), "SELECT id >> 36, data FROM _spectradb_blocks ORDER BY id", -1,
                       &statement, nullptr);
    while (sqlite3_step(statement) == SQLITE_ROW)
      files[sqlite3_column_int64(statement, 0)].append(
          static_cast<const char*>(sqlite3_column_blob(statement, 1)),
          static_cast<size_t>(sqlite3_column_bytes(statement, 1)));
    sqlite3_finalize(statement);
    for (const auto& [number, bytes] : files) file("file " + std::to_string(number), bytes);
  }

  void file(const std::string& name, const std::string& bytes) {
    search(name, bytes);
    const std::string dictionary = dictionary_of(bytes);
    for (size_t at = bytes.find(kFrameMagic, 0, kMagicBytes); at != std::string::npos;
         at = bytes.find(kFrameMagic, at + 1, kMagicBytes)) {
      for (const std::string& with : {std::string(), dictionary}) {
        const std::string plain = decompressed(std::string_view(bytes).substr(at), with);
        frames_ += plain.empty() ? 0 : 1;
        search(name + ", decompressed at " + std::to_string(at), plain);
      }
    }
  }

  size_t frames() const { return frames_; }
  size_t seeds_found() const { return seeds_; }
  const std::vector<std::string>& found() const { return found_; }

 private:
  static constexpr const char* kFrameMagic = "\x28\xb5\x2f\xfd";
  static constexpr size_t kMagicBytes = 4;
  static constexpr size_t kFooterBytes = 88;
  static constexpr size_t kFooterDictionary = 68;

  void search(const std::string& where, std::string_view bytes) {
    for (const std::string& word : words_) {
      if (bytes.find(word) != std::string_view::npos) found_.push_back(word + " in " + where);
    }
    for (const std::string& seed : sought_seeds_) {
      if (bytes.find(seed) == std::string_view::npos) continue;
      ++seeds_;
      found_.push_back("a seed in " + where);
    }
  }

  // Of an SSTable, which begins with it.
  static std::string dictionary_of(const std::string& bytes) {
    if (bytes.size() < kFooterBytes) return {};
    uint32_t size = 0;
    std::memcpy(&size, bytes.data() + bytes.size() - kFooterBytes + kFooterDictionary, sizeof size);
    return size < bytes.size() ? bytes.substr(0, size) : std::string();
  }

  static std::string decompressed(std::string_view frame, const std::string& dictionary) {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    if (!dictionary.empty()) ZSTD_DCtx_loadDictionary(context, dictionary.data(), dictionary.size());
    std::string plain;
    std::string piece(1u << 16, '\0');
    ZSTD_inBuffer input{frame.data(), frame.size(), 0};
    for (bool goes_on = true; goes_on && plain.size() < (16u << 20);) {
      ZSTD_outBuffer output{piece.data(), piece.size(), 0};
      const size_t left = ZSTD_decompressStream(context, &output, &input);
      plain.append(piece.data(), output.pos);
      goes_on = ZSTD_isError(left) == 0 && left != 0 && (output.pos > 0 || input.pos < input.size);
    }
    ZSTD_freeDCtx(context);
    return plain;
  }

  const std::vector<std::string> words_;
  const std::vector<std::string> sought_seeds_;
  size_t frames_ = 0;
  size_t seeds_ = 0;
  std::vector<std::string> found_;
};

}  // namespace spectradb::tests
