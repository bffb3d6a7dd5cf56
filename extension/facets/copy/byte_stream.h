// Reads or writes the bytes of a file: plain, or compressed by zstd or gzip. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/file_access.h"

namespace spectradb::extension::copy {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Appends some of what comes next; false at the end.
  virtual Result<bool> read(std::string& out, size_t size_bytes) = 0;
  // Returns the SHA-256 of the file's own bytes that were read: a text as `sha256sum` writes it, and " of the first n
  // bytes" where more follow.
  virtual std::string sha256() const = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
  virtual Status finish() = 0;  // must be called after the last byte
};

Result<std::unique_ptr<ByteSource>> make_source(OpenFile file, CopyOptions::Compression compression,
                                                const std::string& name);
Result<std::unique_ptr<ByteSink>> make_sink(int descriptor, CopyOptions::Compression compression,
                                            const std::string& name);

}  // namespace spectradb::extension::copy
