#include "extension/facets/copy/parquet_file.h"

#include <algorithm>

#include "extension/facets/copy/copy_target.h"
#include "lsm/base/coding.h"

namespace spectradb::extension::copy {

using temporal::Affinity;
using temporal::Value;
using Type = ParquetColumn::Type;

namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int32_t kFormatVersion = 1;
constexpr int64_t kGroupRows = 122'880;  // as DuckDB has them
constexpr size_t kGroupBytes = 1u << 26;
constexpr size_t kFirstBytes = 1u << 24;

}  // namespace

ParquetFile::ParquetFile(ByteSink& sink, CopyRows& rows, std::string subject)
    : sink_(sink), rows_(rows), subject_(std::move(subject)), compressor_(ZSTD_createCCtx(), ZSTD_freeCCtx) {}

Status ParquetFile::begin() {
  if (compressor_ == nullptr) return {Code::kNoMemory, "out of memory"};
  std::vector<std::string> names = rows_.names();
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    return Status::invalid("COPY: two columns are named \"" + *twice +
                           "\", which Parquet cannot tell apart: name them with AS");
  return write(kMagic);
}

Status ParquetFile::write(std::string_view bytes) {
  offset_ += static_cast<int64_t>(bytes.size());
  return sink_.write(bytes);
}

// An integer that a double has exactly is a floating-point number among others.
Type ParquetFile::type_of(size_t column) const {
  const TargetColumn declared = rows_.declared(static_cast<int>(column));
  if (declared.affinity == Affinity::kInteger) return Type::kInteger;
  if (declared.affinity == Affinity::kReal) return Type::kReal;
  if (declared.affinity == Affinity::kText) return Type::kText;
  if (is_blob_column(declared)) return Type::kBytes;
  bool has_integers = false;
  bool has_reals = false;
  bool has_texts = false;
  bool has_blobs = false;
  for (size_t i = column; i < first_.size(); i += rows_.names().size()) {
    const Value::Type type = first_[i].value.type;
    has_integers = has_integers || type == Value::Type::kInteger;
    has_reals = has_reals || type == Value::Type::kReal;
    has_texts = has_texts || type == Value::Type::kText;
    has_blobs = has_blobs || type == Value::Type::kBlob;
  }
  if (has_texts || (has_blobs && (has_integers || has_reals))) return Type::kText;
  if (has_blobs) return Type::kBytes;
  if (has_reals) return Type::kReal;
  return has_integers ? Type::kInteger : Type::kText;
}

Status ParquetFile::decide_types() {
  const size_t count = rows_.names().size();
  for (size_t i = 0; i < count; ++i) columns_.emplace_back(rows_.names()[i], type_of(i));
  for (size_t i = 0; i < first_.size(); ++i) {
    first_[i].value.bytes = first_[i].bytes;
    SPECTRADB_RETURN_IF_ERROR(add_value(i % count, first_[i].value));
    if (i % count + 1 == count) SPECTRADB_RETURN_IF_ERROR(end_row());
  }
  first_ = {};
  return Status::ok();
}

Status ParquetFile::add_value(size_t column, const Value& value) {
  const Status status = columns_[column].add(value, compressor_.get());
  if (status.code() != Code::kInvalid) return status;
  return Status::invalid(status.message() + "; COPY " + subject_ + ", row " + std::to_string(row_count_ + 1) +
                         ", column " + columns_[column].name());
}

Status ParquetFile::add() {
  const size_t count = rows_.names().size();
  if (!columns_.empty()) {
    for (size_t i = 0; i < count; ++i)
      SPECTRADB_RETURN_IF_ERROR(add_value(i, rows_.cell(static_cast<int>(i))));
    return end_row();
  }
  for (size_t i = 0; i < count; ++i) {
    Kept& kept = first_.emplace_back();
    kept.value = rows_.cell(static_cast<int>(i));
    kept.bytes = kept.value.bytes;
    first_bytes_ += sizeof kept + kept.bytes.size();
  }
  return first_bytes_ < kFirstBytes ? Status::ok() : decide_types();
}

Status ParquetFile::end_row() {
  ++row_count_;
  ++group_rows_;
  size_t held_bytes = 0;
  for (const ParquetColumn& column : columns_) held_bytes += column.held_bytes();
  return group_rows_ < kGroupRows && held_bytes < kGroupBytes ? Status::ok() : end_group();
}

Status ParquetFile::end_group() {
  if (group_rows_ == 0) return Status::ok();
  ThriftWriter out(groups_);
  int64_t uncompressed_bytes = 0;
  const int64_t begin = offset_;
  out.begin_element();
  out.list_of_structs(1, columns_.size());
  for (ParquetColumn& column : columns_) {
    SPECTRADB_RETURN_IF_ERROR(column.end_chunk(compressor_.get()));
    column.describe_chunk(out, offset_);
    SPECTRADB_RETURN_IF_ERROR(write(column.chunk()));
    uncompressed_bytes += column.uncompressed_bytes();
    column.start_over();
  }
  out.large(2, uncompressed_bytes);
  out.large(3, group_rows_);
  out.large(5, begin);
  out.large(6, offset_ - begin);
  out.end();
  ++group_count_;
  group_rows_ = 0;
  return Status::ok();
}

Status ParquetFile::finish(const std::vector<std::pair<std::string, std::string>>& notes) {
  if (columns_.empty()) SPECTRADB_RETURN_IF_ERROR(decide_types());
  SPECTRADB_RETURN_IF_ERROR(end_group());
  std::string footer;
  ThriftWriter out(footer);
  out.small(1, kFormatVersion);
  out.list_of_structs(2, columns_.size() + 1);
  out.begin_element();  // the root, of which the columns are parts
  out.bytes(4, "schema");
  out.small(5, static_cast<int32_t>(columns_.size()));
  out.end();
  for (const ParquetColumn& column : columns_) column.describe(out);
  out.large(3, row_count_);
  out.list_of_structs(4, group_count_);
  footer += groups_;
  out.list_of_structs(5, notes.size());
  for (const auto& [name, value] : notes) {
    out.begin_element();
    out.bytes(1, name);
    out.bytes(2, value);
    out.end();
  }
  out.bytes(6, "SpectraDB version " SPECTRADB_VERSION);
  out.list_of_structs(7, columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {  // bounds are in the order of the type
    out.begin_element();
    out.begin(1);
    out.end();
    out.end();
  }
  out.end();
  lsm::put_fixed32(footer, static_cast<uint32_t>(footer.size()));
  footer += kMagic;
  return write(footer);
}

}  // namespace spectradb::extension::copy
