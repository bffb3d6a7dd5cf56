#include "sql/statements/foreign_forms.h"

#include "sql/text/reader.h"
#include "sql/text/splitter.h"

namespace spectradb::sql {

namespace {

constexpr const char* kMakeTemporal =
    "a temporal table is made by CREATE TABLE name (columns) WITH SYSTEM VERSIONING, an ordinary one becomes "
    "temporal by "
    "ALTER TABLE name ADD SYSTEM VERSIONING";
constexpr const char* kSystemPeriod =
    "leave PERIOD FOR SYSTEM_TIME and its columns out: every table WITH SYSTEM VERSIONING has the hidden "
    "columns _system_from and _system_to";
constexpr const char* kValidPeriod =
    "leave PERIOD FOR and its columns out: every table WITH SYSTEM VERSIONING has a valid period, the hidden "
    "columns _valid_from and "
    "_valid_to";
constexpr const char* kUnderscore =
    "write SYSTEM_TIME, VALID_TIME or APPLICATION_TIME as one word, with an underscore";
constexpr const char* kAsOf =
    "write AS OF time, or FOR SYSTEM_TIME AS OF time; the time is a commit number or a text";
constexpr const char* kBetween = "write FOR SYSTEM_TIME BETWEEN a AND b, or FOR SYSTEM_TIME ALL";
constexpr const char* kOverlaps =
    "write VALID_TIME WITHOUT OVERLAPS, or nothing: every key holds at each instant of valid time";
constexpr const char* kWayToNow = "write CURRENT_TIMESTAMP, or the text 'now' where a time stands";
constexpr const char* kQuotes =
    "a time that is a word stands in quotes: 'now', 'today', 'infinity', '-infinity'";

// Words in a row.
struct Form {
  std::string_view words[4];
  const char* hint;
};

constexpr Form kSyntax[] = {
    {{"PERIOD", "FOR", "SYSTEM_TIME"}, kSystemPeriod},
    {{"AS", "ROW", "START"}, kSystemPeriod},
    {{"AS", "ROW", "END"}, kSystemPeriod},
    {{"AS", "ROW", "BEGIN"}, kSystemPeriod},
    {{"PERIOD", "FOR"}, kValidPeriod},
    {{"SYSTEM_VERSIONING"}, kMakeTemporal},
    {{"FOR", "SYSTEM", "TIME"}, kUnderscore},
    {{"FOR", "VALID", "TIME"}, kUnderscore},
    {{"FOR", "APPLICATION", "TIME"}, kUnderscore},
    {{"OF", "SYSTEM", "TIME"}, kAsOf},
    {{"AS", "OF", "SCN"}, kAsOf},
    {{"OF", "TRANSACTION"}, kAsOf},
    {{"FOR", "SYSTEM_TIME", "AT"}, kAsOf},
    {{"VERSIONS", "BETWEEN"}, kBetween},
    {{"WITHOUT", "OVERLAPS"}, kOverlaps},
};

struct UnknownName {
  std::string_view message;
  const char* hint;
};

constexpr UnknownName kUnknownNames[] = {
    {"no such function: now", kWayToNow},
    {"no such function: getdate", kWayToNow},
    {"no such function: sysdate", kWayToNow},
    {"no such function: sysdatetime", kWayToNow},
    {"no such function: getutcdate", kWayToNow},
    {"no such function: sysutcdatetime", kWayToNow},
    {"no such column: now", kQuotes},
    {"no such column: today", kQuotes},
    {"no such column: infinity", kQuotes},
    {"no such column: sysdate", kWayToNow},
    {"no such column: systimestamp", kWayToNow},
};

bool has_form(const Reader& reader, const Form& form) {
  for (size_t i = 0; i < reader.size(); ++i) {
    size_t n = 0;
    while (n < std::size(form.words) && !form.words[n].empty() && reader.is_word(i + n, form.words[n])) ++n;
    if (n == std::size(form.words) || form.words[n].empty()) return true;
  }
  return false;
}

}  // namespace

const char* hint_for(std::string_view text, std::string_view message) {
  for (const UnknownName& unknown : kUnknownNames) {
    if (equals_word(message, unknown.message)) return unknown.hint;
  }
  if (message.find("syntax error") == std::string_view::npos) return nullptr;
  const Reader reader(text, first_statement(text).tokens);
  for (const Form& form : kSyntax) {
    if (has_form(reader, form)) return form.hint;
  }
  return nullptr;
}

}  // namespace spectradb::sql
