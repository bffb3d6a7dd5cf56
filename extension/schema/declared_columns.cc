#include "extension/schema/declared_columns.h"

#include <algorithm>

#include "extension/read/plan.h"
#include "extension/schema/hidden_columns.h"

namespace spectradb::extension {

namespace {

constexpr int kFirstColumn = 2;  // among the arguments of xUpdate

int count_made(const temporal::TableSchema& schema) {
  return static_cast<int>(std::count_if(schema.columns.begin(), schema.columns.end(),
                                        [](const temporal::Column& column) { return column.is_hidden; }));
}

}  // namespace

DeclaredColumns::DeclaredColumns(const temporal::TableSchema& schema)
    : shown_(static_cast<int>(schema.columns.size()) - count_made(schema)), made_(count_made(schema)) {}

int DeclaredColumns::inside(int declared) const {
  if (declared < shown_) return declared;
  const int behind = declared - shown_;
  return behind < kHiddenColumnCount ? declared + made_ : shown_ + behind - kHiddenColumnCount;
}

int DeclaredColumns::declared(int inside) const {
  if (inside < shown_) return inside;
  return inside < shown_ + made_ ? inside + kHiddenColumnCount : inside - made_;
}

sqlite3_uint64 DeclaredColumns::inside_of_set(sqlite3_uint64 declared) const {
  if (are_alike() || declared == ~sqlite3_uint64{0}) return declared;
  sqlite3_uint64 set = 0;
  const int count = shown_ + made_ + kHiddenColumnCount;
  for (int column = 0; column < count; ++column) {
    if ((declared >> std::min(column, kSharedBit) & 1) != 0)
      set |= sqlite3_uint64{1} << std::min(inside(column), kSharedBit);
  }
  return set;
}

sqlite3_value** DeclaredColumns::inside_order(int count, sqlite3_value** arguments) {
  if (are_alike() || count <= kFirstColumn) return arguments;
  arguments_.assign(arguments, arguments + count);
  for (int column = 0; column < count - kFirstColumn; ++column)
    arguments_[static_cast<size_t>(kFirstColumn) + static_cast<size_t>(inside(column))] =
        arguments[kFirstColumn + column];
  return arguments_.data();
}

QuestionInside::QuestionInside(const DeclaredColumns& columns, sqlite3_index_info* info)
    : columns_(columns), info_(info), used_(info->colUsed) {
  if (columns_.are_alike()) return;
  for (int i = 0; i < info_->nConstraint; ++i)
    info_->aConstraint[i].iColumn = columns_.inside(info_->aConstraint[i].iColumn);
  for (int i = 0; i < info_->nOrderBy; ++i)
    info_->aOrderBy[i].iColumn = columns_.inside(info_->aOrderBy[i].iColumn);
  info_->colUsed = columns_.inside_of_set(used_);
}

QuestionInside::~QuestionInside() {
  if (columns_.are_alike()) return;
  for (int i = 0; i < info_->nConstraint; ++i)
    info_->aConstraint[i].iColumn = columns_.declared(info_->aConstraint[i].iColumn);
  for (int i = 0; i < info_->nOrderBy; ++i)
    info_->aOrderBy[i].iColumn = columns_.declared(info_->aOrderBy[i].iColumn);
  info_->colUsed = used_;
}

}  // namespace spectradb::extension
