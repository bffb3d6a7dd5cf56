#include "extension/facets/copy/thrift_writer.h"

namespace spectradb::extension::copy {

// A number that is far from the one before stands by itself behind the type.
void ThriftWriter::head(int field, Type type) {
  constexpr int kFarthest = 15;
  const int step = field - last_;
  if (step > 0 && step <= kFarthest) {
    out_ += static_cast<char>(step << 4 | type);
  } else {
    out_ += static_cast<char>(type);
    zigzag(field);
  }
  last_ = field;
}

void ThriftWriter::list(int field, Type type, size_t size) {
  constexpr size_t kLong = 15;
  head(field, kList);
  if (size < kLong) {
    out_ += static_cast<char>(size << 4 | type);
    return;
  }
  out_ += static_cast<char>(kLong << 4 | type);
  lsm::put_varint(out_, size);
}

void ThriftWriter::end() {
  out_ += '\0';
  if (fields_.empty()) return;
  last_ = fields_.back();
  fields_.pop_back();
}

}  // namespace spectradb::extension::copy
