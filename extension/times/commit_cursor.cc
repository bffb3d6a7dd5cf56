#include "extension/times/commit_cursor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "extension/session/commit_table.h"

namespace spectradb::extension {

namespace {

constexpr size_t kTokenDigits = 16;

bool is_lower_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string CommitCursor::text() const {
  std::array<char, 48> out{};
  const int size = std::snprintf(out.data(), out.size(), "%" PRIu64 ":%016" PRIx64, commit, token);
  return {out.data(), static_cast<size_t>(size)};
}

std::optional<CommitCursor> read_commit_cursor(const temporal::Value& value) {
  if (value.type != temporal::Value::Type::kText) return std::nullopt;
  const size_t colon = value.bytes.find(':');
  if (colon == std::string_view::npos || value.bytes.size() != colon + 1 + kTokenDigits) return std::nullopt;
  const std::string_view digits = value.bytes.substr(0, colon);
  const std::string_view token = value.bytes.substr(colon + 1);
  CommitCursor cursor;
  const auto number = std::from_chars(digits.data(), digits.data() + digits.size(), cursor.commit);
  if (digits.empty() || number.ec != std::errc() || number.ptr != digits.data() + digits.size() ||
      !is_lower_hexadecimal(token))
    return std::nullopt;
  constexpr int kBase = 16;
  std::from_chars(token.data(), token.data() + token.size(), cursor.token, kBase);
  return cursor;
}

Result<std::optional<CommitCursor>> cursor_of_commit(Database& database, uint64_t commit) {
  CommitTable commits(database.connection().handle(), database.schema());
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> token, commits.frame(commit));
  if (!token) return std::optional<CommitCursor>();
  return std::optional(CommitCursor{commit, *token});
}

Status check_cursor(Database& database, const CommitCursor& cursor, uint64_t snapshot) {
  constexpr const char* kWhy =
      ": the database was put back from an older copy, or the cursor is another one's; what the consumer has "
      "must be made anew, from AS OF a cursor of now on";
  if (cursor.commit > snapshot) {
    return Status::invalid("cursor '" + cursor.text() + "' is beyond the last commit (" +
                           std::to_string(snapshot) + ")" + kWhy);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<CommitCursor> there,
                             cursor_of_commit(database, cursor.commit));
  const bool is_beginning = cursor.commit == 0 && cursor.token == 0;
  if (is_beginning || (there && there->token == cursor.token)) return Status::ok();
  return Status::invalid("cursor '" + cursor.text() + "' is not of this database's commit " +
                         std::to_string(cursor.commit) + kWhy);
}

}  // namespace spectradb::extension
