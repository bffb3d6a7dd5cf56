#include "extension/facets/copy/byte_stream.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#ifdef SPECTRADB_HAS_ZLIB
#include <zlib.h>
#endif

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/hex.h"
#include "extension/facets/ledger/hash.h"

namespace spectradb::extension::copy {

namespace {

constexpr size_t kPieceBytes = 1u << 17;

Status cannot_be(const std::string& doing, const std::string& name) {
  const std::string text = "could not " + doing + " file \"" + name + "\": " + std::strerror(errno);
  return errno == ENOSPC ? Status(Code::kFull, text) : Status::io(text);
}

Status not_compressed(const std::string& name, const char* by, const std::string& why) {
  return Status::invalid("file \"" + name + "\" is not what " + by + " makes: " + why);
}

class FileSource : public ByteSource {
 public:
  FileSource(OpenFile file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<bool> read(std::string& out, size_t size_bytes) override {
    const size_t before = out.size();
    out.resize(before + size_bytes);
    ssize_t got = 0;
    do {
      got = ::read(file_.descriptor(), out.data() + before, size_bytes);
    } while (got < 0 && errno == EINTR);
    out.resize(before + static_cast<size_t>(got < 0 ? 0 : got));
    if (got < 0) return cannot_be("read", name_);
    sum_.add(std::string_view(out).substr(before));
    bytes_ += static_cast<uint64_t>(got);
    is_at_end_ = got == 0;
    return got > 0;
  }
  std::string sha256() const override {
    std::string text = hex_of(ledger::bytes_of(sum_.so_far()));
    if (!is_whole()) text += " of the first " + std::to_string(bytes_) + " bytes";
    return text;
  }

 private:
  // What reads a file in pieces need not have asked for what follows the last one.
  bool is_whole() const {
    struct stat found;
    if (is_at_end_ || fstat(file_.descriptor(), &found) != 0 || !S_ISREG(found.st_mode)) return is_at_end_;
    return bytes_ == static_cast<uint64_t>(found.st_size);
  }

  OpenFile file_;
  const std::string name_;
  ledger::HashOfPieces sum_;
  uint64_t bytes_ = 0;
  bool is_at_end_ = false;
};

// Reads what both ways of decompression need: pieces of the file, of which a rest may be left over.
class CompressedSource : public ByteSource {
 public:
  CompressedSource(OpenFile file, const std::string& name) : name_(name), file_(std::move(file), name) {}
  std::string sha256() const override { return file_.sha256(); }

 protected:
  // Returns false at the end of the file.
  Result<bool> refill() {
    if (taken_ < in_.size()) return true;
    in_.clear();
    taken_ = 0;
    return file_.read(in_, kPieceBytes);
  }
  std::string_view left() const { return std::string_view(in_).substr(taken_); }
  void take(size_t size_bytes) { taken_ += size_bytes; }

  const std::string name_;

 private:
  FileSource file_;
  std::string in_;
  size_t taken_ = 0;
};

class ZstdSource final : public CompressedSource {
 public:
  ZstdSource(OpenFile file, const std::string& name)
      : CompressedSource(std::move(file), name), stream_(ZSTD_createDStream(), ZSTD_freeDStream) {}

  Result<bool> read(std::string& out, size_t size_bytes) override {
    const size_t before = out.size();
    out.resize(before + size_bytes);
    ZSTD_outBuffer made{out.data() + before, size_bytes, 0};
    while (made.pos == 0) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool more, refill());
      if (!more) break;
      const std::string_view bytes = left();
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      const size_t hint = ZSTD_decompressStream(stream_.get(), &made, &in);
      if (ZSTD_isError(hint) != 0) return not_compressed(name_, "zstd", ZSTD_getErrorName(hint));
      is_whole_ = hint == 0;
      take(in.pos);
    }
    out.resize(before + made.pos);
    if (made.pos == 0 && !is_whole_) return not_compressed(name_, "zstd", "it ends early");
    return made.pos > 0;
  }

 private:
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  bool is_whole_ = false;  // what was read so far ends with a whole frame
};

#ifdef SPECTRADB_HAS_ZLIB

constexpr int kGzipWindow = 15 + 16;  // the largest window, with a gzip header

class GzipSource final : public CompressedSource {
 public:
  GzipSource(OpenFile file, const std::string& name) : CompressedSource(std::move(file), name) {
    is_ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~GzipSource() override {
    if (is_ready_) inflateEnd(&stream_);
  }

  Result<bool> read(std::string& out, size_t size_bytes) override {
    if (!is_ready_) return Status(Code::kNoMemory, "out of memory");
    const size_t before = out.size();
    out.resize(before + size_bytes);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(size_bytes);
    while (stream_.avail_out == size_bytes) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool more, refill());
      if (!more) break;
      if (is_whole_ && inflateReset(&stream_) != Z_OK)
        return not_compressed(name_, "gzip", "its parts do not fit");
      const std::string_view bytes = left();
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream_.avail_in = static_cast<uInt>(bytes.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return not_compressed(name_, "gzip", stream_.msg == nullptr ? "it is damaged" : stream_.msg);
      is_whole_ = code == Z_STREAM_END;
      take(bytes.size() - stream_.avail_in);
    }
    const size_t made = size_bytes - stream_.avail_out;
    out.resize(before + made);
    if (made == 0 && !is_whole_) return not_compressed(name_, "gzip", "it ends early");
    return made > 0;
  }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_whole_ = false;
};

#endif

class FileSink : public ByteSink {
 public:
  FileSink(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return cannot_be("write", name_);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Status::ok();
  }
  Status finish() override { return Status::ok(); }

 private:
  const int descriptor_;
  const std::string name_;
};

class ZstdSink final : public ByteSink {
 public:
  ZstdSink(int descriptor, const std::string& name)
      : file_(descriptor, name), stream_(ZSTD_createCStream(), ZSTD_freeCStream), out_(kPieceBytes) {}

  Status write(std::string_view bytes) override { return compress(bytes, ZSTD_e_continue); }
  Status finish() override { return compress({}, ZSTD_e_end); }

 private:
  Status compress(std::string_view bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer made{out_.data(), out_.size(), 0};
      const size_t left = ZSTD_compressStream2(stream_.get(), &made, &in, end);
      if (ZSTD_isError(left) != 0) return Status::io(std::string("zstd: ") + ZSTD_getErrorName(left));
      SPECTRADB_RETURN_IF_ERROR(file_.write({out_.data(), made.pos}));
      if (in.pos == in.size && (end == ZSTD_e_continue || left == 0)) return Status::ok();
    }
  }

  FileSink file_;
  std::unique_ptr<ZSTD_CStream, size_t (*)(ZSTD_CStream*)> stream_;
  std::vector<char> out_;
};

#ifdef SPECTRADB_HAS_ZLIB

class GzipSink final : public ByteSink {
 public:
  GzipSink(int descriptor, const std::string& name) : file_(descriptor, name), out_(kPieceBytes) {
    constexpr int kMemory = 8;  // zlib's default
    is_ready_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory,
                             Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipSink() override {
    if (is_ready_) deflateEnd(&stream_);
  }

  Status write(std::string_view bytes) override { return compress(bytes, Z_NO_FLUSH); }
  Status finish() override { return compress({}, Z_FINISH); }

 private:
  Status compress(std::string_view bytes, int flush) {
    if (!is_ready_) return {Code::kNoMemory, "out of memory"};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int code = deflate(&stream_, flush);
      if (code == Z_STREAM_ERROR) return Status::io("gzip: the stream is damaged");
      SPECTRADB_RETURN_IF_ERROR(file_.write({out_.data(), out_.size() - stream_.avail_out}));
      const bool is_done = flush == Z_FINISH ? code == Z_STREAM_END : stream_.avail_out > 0;
      if (is_done) return Status::ok();
    }
  }

  FileSink file_;
  z_stream stream_{};
  std::vector<char> out_;
  bool is_ready_ = false;
};

#else

Status lacks_gzip(const std::string& name) {
  return Status::invalid("file \"" + name +
                         "\" is for gzip, and SpectraDB was built without zlib here: use zstd (.zst)");
}

#endif

}  // namespace

Result<std::unique_ptr<ByteSource>> make_source(OpenFile file, CopyOptions::Compression compression,
                                                const std::string& name) {
  std::unique_ptr<ByteSource> source;
  if (compression == CopyOptions::Compression::kZstd) {
    source = std::make_unique<ZstdSource>(std::move(file), name);
  } else if (compression == CopyOptions::Compression::kGzip) {
#ifdef SPECTRADB_HAS_ZLIB
    source = std::make_unique<GzipSource>(std::move(file), name);
#else
    return lacks_gzip(name);
#endif
  } else {
    source = std::make_unique<FileSource>(std::move(file), name);
  }
  return source;
}

Result<std::unique_ptr<ByteSink>> make_sink(int descriptor, CopyOptions::Compression compression,
                                            const std::string& name) {
  std::unique_ptr<ByteSink> sink;
  if (compression == CopyOptions::Compression::kZstd) {
    sink = std::make_unique<ZstdSink>(descriptor, name);
  } else if (compression == CopyOptions::Compression::kGzip) {
#ifdef SPECTRADB_HAS_ZLIB
    sink = std::make_unique<GzipSink>(descriptor, name);
#else
    return lacks_gzip(name);
#endif
  } else {
    sink = std::make_unique<FileSink>(descriptor, name);
  }
  return sink;
}

}  // namespace spectradb::extension::copy
