#include "extension/facets/copy/parquet_column.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/facets/copy/well_formed.h"
#include "extension/host/values.h"
#include "lsm/base/coding.h"
#include "temporal/row_json.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

// Numbers of parquet.thrift.
enum PhysicalType : int32_t { kInt64 = 2, kDouble = 5, kByteArray = 6 };
enum Encoding : int32_t { kPlain = 0, kRle = 3 };
constexpr int32_t kOptional = 1;
constexpr int32_t kConvertedUtf8 = 0;
constexpr int32_t kZstdCodec = 6;
constexpr int32_t kDataPage = 0;

constexpr size_t kPageBytes = 1u << 20;
constexpr int32_t kPageRows = 1 << 17;
constexpr size_t kMostValueBytes = 1u << 30;  // a page says its size in 31 bits
constexpr size_t kMostStatisticBytes = 256;
constexpr int64_t kExactInDouble = int64_t{1} << 53;

void append_fixed(std::string& out, int64_t value) { lsm::put_fixed64(out, static_cast<uint64_t>(value)); }
void append_fixed(std::string& out, double value) { lsm::put_fixed64(out, std::bit_cast<uint64_t>(value)); }

template <typename T>
std::string fixed(T value) {
  std::string bytes;
  append_fixed(bytes, value);
  return bytes;
}

bool is_utf8(std::string_view text) {
  for (;;) {
    const size_t wrong = find_ill_formed(text);
    if (wrong == std::string_view::npos) return true;
    if (text[wrong] != '\0') return false;  // Parquet has it in texts, too
    text.remove_prefix(wrong + 1);
  }
}

int32_t physical(ParquetColumn::Type type) {
  if (type == ParquetColumn::Type::kInteger) return kInt64;
  return type == ParquetColumn::Type::kReal ? kDouble : kByteArray;
}

Status does_not_fit(const Value& value, const char* kind) {
  return Status::invalid(shortened(spelled(value)) + " is not " + kind +
                         ", and a column of Parquet has one type: CAST it in a query");
}

}  // namespace

template <typename T>
void ParquetColumn::add_fixed(T value, T& least, T& greatest) {
  const bool is_first = chunk_rows_ == nulls_;
  if (is_first || value < least) least = value;
  if (is_first || value > greatest) greatest = value;
  append_fixed(values_, value);
}

Status ParquetColumn::add_bytes(std::string_view bytes) {
  if (bytes.size() > kMostValueBytes)
    return Status::invalid("a value of " + std::to_string(bytes.size()) + " bytes is too long for Parquet");
  const std::string_view head = bytes.substr(0, kMostStatisticBytes + 1);
  const bool is_first = chunk_rows_ == nulls_;
  if (is_first || head < least_bytes_) least_bytes_ = head;
  if (is_first || head > greatest_bytes_) greatest_bytes_ = head;
  lsm::put_fixed32(values_, static_cast<uint32_t>(bytes.size()));
  values_ += bytes;
  return Status::ok();
}

Status ParquetColumn::add(const Value& value, ZSTD_CCtx* compressor) {
  if (value.is_null()) {
    ++nulls_;
  } else if (type_ == Type::kInteger) {
    if (value.type != Value::Type::kInteger) return does_not_fit(value, "an integer");
    add_fixed(value.integer, least_integer_, greatest_integer_);
  } else if (type_ == Type::kReal) {
    const bool is_exact = value.type == Value::Type::kInteger && value.integer <= kExactInDouble &&
                          value.integer >= -kExactInDouble;
    if (value.type != Value::Type::kReal && !is_exact) return does_not_fit(value, "a floating-point number");
    add_fixed(is_exact ? static_cast<double>(value.integer) : value.real, least_real_, greatest_real_);
  } else if (type_ == Type::kBytes) {
    if (value.type != Value::Type::kBlob) return does_not_fit(value, "a blob");
    SPECTRADB_RETURN_IF_ERROR(add_bytes(value.bytes));
  } else if (value.type == Value::Type::kText) {
    if (!is_utf8(value.bytes))
      return Status::invalid("the text is not UTF-8, as Parquet has it: CAST it AS BLOB in a query");
    SPECTRADB_RETURN_IF_ERROR(add_bytes(value.bytes));
  } else {
    if (value.type == Value::Type::kBlob) return does_not_fit(value, "a text");
    scratch_.clear();
    temporal::append_json(scratch_, value);
    SPECTRADB_RETURN_IF_ERROR(add_bytes(scratch_));
  }
  levels_ += value.is_null() ? '\0' : '\1';
  ++rows_;
  ++chunk_rows_;
  return values_.size() < kPageBytes && rows_ < kPageRows ? Status::ok() : end_page(compressor);
}

// Runs are shorter where rows alike stand together, and bits where they do not.
void ParquetColumn::append_levels(std::string& out) const {
  const size_t before = out.size();
  const size_t as_bits = (levels_.size() + 7) / 8;
  for (size_t begin = 0; begin < levels_.size() && out.size() - before <= as_bits;) {
    size_t end = levels_.find(levels_[begin] == '\0' ? '\1' : '\0', begin);
    if (end == std::string::npos) end = levels_.size();
    lsm::put_varint(out, (end - begin) << 1);
    out += levels_[begin];
    begin = end;
  }
  if (out.size() - before <= as_bits) return;
  out.resize(before);
  lsm::put_varint(out, as_bits << 1 | 1);
  for (size_t i = 0; i < levels_.size(); i += 8) {
    int bits = 0;
    for (size_t k = i; k < std::min(i + 8, levels_.size()); ++k) bits |= levels_[k] << (k - i);
    out += static_cast<char>(bits);
  }
}

Status ParquetColumn::end_page(ZSTD_CCtx* compressor) {
  scratch_.clear();
  append_levels(scratch_);
  std::string page;
  lsm::put_fixed32(page, static_cast<uint32_t>(scratch_.size()));
  page += scratch_;
  page += values_;
  std::string compressed(ZSTD_compressBound(page.size()), '\0');
  const size_t size =
      ZSTD_compress2(compressor, compressed.data(), compressed.size(), page.data(), page.size());
  if (ZSTD_isError(size) != 0) return Status::io(std::string("zstd: ") + ZSTD_getErrorName(size));

  const size_t before = chunk_.size();
  ThriftWriter head(chunk_);
  head.small(1, kDataPage);
  head.small(2, static_cast<int32_t>(page.size()));
  head.small(3, static_cast<int32_t>(size));
  head.begin(5);  // DataPageHeader
  head.small(1, rows_);
  head.small(2, kPlain);
  head.small(3, kRle);  // of the levels that say what is NULL
  head.small(4, kRle);  // of those of nested columns: there are none
  head.end();
  head.end();
  uncompressed_bytes_ += static_cast<int64_t>(chunk_.size() - before + page.size());
  chunk_.append(compressed, 0, size);
  levels_.clear();
  values_.clear();
  rows_ = 0;
  return Status::ok();
}

// Readers take 0.0 and -0.0 for one number, so bounds that are zero are the outer one of the two.
void ParquetColumn::describe_statistics(ThriftWriter& out) const {
  out.begin(12);
  out.large(3, nulls_);
  const double least = least_real_ == 0 ? -0.0 : least_real_;
  const double greatest = greatest_real_ == 0 ? 0.0 : greatest_real_;
  const bool is_known = nulls_ < chunk_rows_ && least_bytes_.size() <= kMostStatisticBytes &&
                        greatest_bytes_.size() <= kMostStatisticBytes;
  if (is_known && type_ == Type::kInteger) {
    out.bytes(5, fixed(greatest_integer_));
    out.bytes(6, fixed(least_integer_));
  } else if (is_known && type_ == Type::kReal) {
    out.bytes(5, fixed(greatest));
    out.bytes(6, fixed(least));
  } else if (is_known) {
    out.bytes(5, greatest_bytes_);
    out.bytes(6, least_bytes_);
  }
  if (is_known) {
    out.flag(7, true);  // both are values of the column
    out.flag(8, true);
  }
  out.end();
}

void ParquetColumn::describe_chunk(ThriftWriter& out, int64_t offset) const {
  SPECTRADB_ASSERT(rows_ == 0);
  out.begin_element();
  out.large(2, offset);
  out.begin(3);  // ColumnMetaData
  out.small(1, physical(type_));
  out.list_of_small(2, 2);
  out.element(int32_t{kPlain});
  out.element(int32_t{kRle});
  out.list_of_bytes(3, 1);
  out.element(std::string_view(name_));
  out.small(4, kZstdCodec);
  out.large(5, chunk_rows_);
  out.large(6, uncompressed_bytes_);
  out.large(7, static_cast<int64_t>(chunk_.size()));
  out.large(9, offset);
  describe_statistics(out);
  out.end();
  out.end();
}

void ParquetColumn::start_over() {
  chunk_.clear();
  chunk_rows_ = nulls_ = uncompressed_bytes_ = 0;
  least_bytes_.clear();
  greatest_bytes_.clear();
}

void ParquetColumn::describe(ThriftWriter& out) const {
  out.begin_element();
  out.small(1, physical(type_));
  out.small(3, kOptional);
  out.bytes(4, name_);
  if (type_ == Type::kText) {
    out.small(6, kConvertedUtf8);
    out.begin(10);  // LogicalType
    out.begin(1);   // StringType
    out.end();
    out.end();
  }
  out.end();
}

}  // namespace spectradb::extension::copy
