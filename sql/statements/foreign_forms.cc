#include "sql/statements/foreign_forms.h"

#include <algorithm>
#include <iterator>

#include "sql/statements/statement_form.h"
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
constexpr const char* kPortion =
    "UPDATE and DELETE write a part of valid time as FOR PORTION OF VALID_TIME FROM a TO b, behind the "
    "table's name; "
    "VALID FROM a TO b is of INSERT";
constexpr const char* kPortionOf = "write FOR PORTION OF VALID_TIME FROM a TO b";
constexpr const char* kWayToNow = "write CURRENT_TIMESTAMP, or the text 'now' where a time stands";
constexpr const char* kQuotes =
    "a time that is a word stands in quotes: 'now', 'today', 'infinity', '-infinity'";

constexpr const char* kForAxis =
    "write AS OF time, VALID AT time, FOR SYSTEM_TIME … or FOR VALID_TIME …, behind a table or at the end of "
    "the "
    "query";
constexpr const char* kInsertPeriod =
    "an INSERT says VALID FROM a TO b behind its VALUES (…), or behind its query";
constexpr const char* kUndrop =
    "SELECT spectradb_undrop('table') brings a dropped table back; to read the past, write AS OF time";
constexpr const char* kShow = "SELECT * FROM spectradb_history('table') shows what was written to a table";
constexpr const char* kSession = "SELECT spectradb_as_of(time) sets the time at which a session reads";
constexpr const char* kTextIndex = "write CREATE FULLTEXT INDEX name ON table (column, …)";
constexpr const char* kTruncate =
    "write DELETE FROM table: AS OF still reads what was there; ERASE FROM table WHERE condition forgets "
    "rows, "
    "in every file";
constexpr const char* kHistory =
    "no statement deletes history: ALTER TABLE table SET RETENTION 'length' with SELECT spectradb_retire() "
    "gives old history up, ERASE FROM table WHERE condition forgets rows";
constexpr const char* kTimeQuotes = "a time stands in quotes: '2026-06-01T18:00'";
constexpr const char* kErase = "write ERASE FROM table WHERE condition";

// A form of another system, or a slip, told by words in a row.
struct Form {
  std::string_view words[4];
  const char* hint;
  std::string_view near{};    // what SQLite's message must name, for words that go elsewhere; empty: anything
  bool is_of_change = false;  // only UPDATE and DELETE have it
};

constexpr const char* kVersion = "write AS OF n, or FOR SYSTEM_TIME AS OF n, with the number of a commit";
constexpr const char* kModifiers = "write SQLite's modifiers behind the time, in one text: 'now -1 day'";
constexpr const char* kBusinessTime = "write FOR VALID_TIME, or FOR APPLICATION_TIME";

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
    {{"FOR", "SYSTEMTIME"}, kUnderscore},
    {{"FOR", "VALIDTIME"}, kUnderscore},
    {{"OF", "SYSTEM", "TIME"}, kAsOf},
    {{"FOR", "BUSINESS_TIME"}, kBusinessTime},
    {{"OF", "BUSINESS_TIME"}, kBusinessTime},
    {{"FOR", "SYSTEM_VERSION"}, kVersion},
    {{"FOR", "VERSION"}, kVersion},
    {{"VERSION", "AS", "OF"}, kVersion},
    {{"TIMESTAMP", "AS", "OF"}, kAsOf},
    {{"FOR", "TIMESTAMP"}, kAsOf},
    {{"AS", "OF", "SCN"}, kAsOf},
    {{"OF", "TRANSACTION"}, kAsOf},
    {{"FOR", "SYSTEM_TIME", "AT"}, kAsOf},
    {{"VERSIONS", "BETWEEN"}, kBetween},
    {{"WITHOUT", "OVERLAPS"}, kOverlaps},
    {{"INTERVAL"}, kModifiers},
    {{"AS", "OFF"}, kAsOf},
    {{"FOR", "PORTION"}, kPortionOf, "FOR"},
    {{"VALID", "FROM"}, kPortion, "VALID", true},
    {{"VALID", "TO"}, kPortion, "VALID", true},
    {{"WITH", "SYSTEM"}, kMakeTemporal, "SYSTEM"},
    {{"WITH", "SYSTEM"}, kMakeTemporal, "WITH"},
    {{"SET", "SYSTEM"}, kMakeTemporal, "SET"},
    {{"CREATE", "TEXT", "INDEX"}, kTextIndex, "TEXT"},
    {{"WITH", "VERSIONING"}, kMakeTemporal, "VERSIONING"},
    {{"SYSTEM", "VERSIONING"}, kMakeTemporal, "VERSIONING"},
    {{"SYSTEM", "VERSIONED"}, kMakeTemporal},
    {{"TEMPORAL", "TABLE"}, kMakeTemporal, "TEMPORAL"},
    {{"LEDGER", "TABLE"}, kMakeTemporal, "LEDGER"},
    {{"WITH", "VALID_TIME"}, kMakeTemporal, "VALID_TIME"},
    {{"ALL", "VALID", "TIME"}, kUnderscore},
    {{"ALL", "SYSTEM", "TIME"}, kUnderscore},
    {{"ALL", "APPLICATION", "TIME"}, kUnderscore},
    {{"FOR", "ALL"}, kForAxis, "ALL"},
    {{"VALID_TIME"}, kForAxis, "VALID_TIME"},
    {{"SYSTEM_TIME"}, kForAxis, "SYSTEM_TIME"},
    {{"AS", "OF", "COMMIT"}, kAsOf, "COMMIT"},
    {{"AS", "OF", "VERSION"}, kAsOf},
    {{"ASOF"}, kAsOf},
    {{"AS_OF"}, kAsOf},
    {{"VALID_AT"}, kForAxis},
    {{"VALID", "FROM"}, kInsertPeriod, "VALID"},
    {{"VALID", "BETWEEN"}, kInsertPeriod, "VALID"},
    {{"UNDROP"}, kUndrop, "UNDROP"},
    {{"FLASHBACK"}, kUndrop, "FLASHBACK"},
    {{"DESCRIBE", "HISTORY"}, kShow, "DESCRIBE"},
    {{"SHOW", "HISTORY"}, kShow, "SHOW"},
    {{"DROP", "HISTORY"}, kHistory, "HISTORY"},
    {{"BEGIN", "AS", "OF"}, kSession, "AS"},
    {{"TRANSACTION", "AS", "OF"}, kSession},
    {{"TRUNCATE"}, kTruncate, "TRUNCATE"},
    {{"DELETE", "HISTORY"}, kHistory, "HISTORY"},
    {{"ERASE"}, kErase, "ERASE"},
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
    {"no such function: sysdatetimeoffset", kWayToNow},
    {"no such function: utc_timestamp", kWayToNow},
    {"no such function: localtimestamp", kWayToNow},
    {"no such function: clock_timestamp", kWayToNow},
    {"no such function: statement_timestamp", kWayToNow},
    {"no such function: transaction_timestamp", kWayToNow},
    {"no such function: curdate", kWayToNow},
    {"no such function: today", kWayToNow},
    {"no such column: now", kQuotes},
    {"no such column: today", kQuotes},
    {"no such column: tomorrow", kQuotes},
    {"no such column: yesterday", kQuotes},
    {"no such column: infinity", kQuotes},
    {"no such column: localtimestamp", kWayToNow},
    {"no such column: interval", kModifiers},
    {"no such column: sysdate", kWayToNow},
    {"no such column: systimestamp", kWayToNow},
};

// Collects, for each form, the first word that neither SQLite nor we have; and the unknown names.
const Words& foreign_words() {
  static const Words words = [] {
    static constexpr std::string_view kOrdinary[] = {
        "FOR",        "AS",   "OF",     "WITHOUT", "BETWEEN", "WITH",       "SYSTEM", "SYSTEM_TIME", "AT",
        "TIMESTAMP",  "FROM", "TO",     "VALID",   "PORTION", "VERSIONING", "DELETE", "ALL",         "TABLE",
        "VALID_TIME", "INTO", "COMMIT", "SET",     "CREATE",  "TEXT",       "INDEX",  "DROP",        "BEGIN"};
    Words all;
    for (const Form& form : kSyntax) {
      const auto* const word = std::find_if(std::begin(form.words), std::end(form.words), [](auto each) {
        return std::find(std::begin(kOrdinary), std::end(kOrdinary), each) == std::end(kOrdinary);
      });
      if (word != std::end(form.words) && !word->empty()) all.add(*word);
    }
    for (const UnknownName& unknown : kUnknownNames)
      all.add(unknown.message.substr(unknown.message.rfind(' ') + 1));
    return all;
  }();
  return words;
}

// Whether SQLite's message names the word: near "word": syntax error.
bool is_near(std::string_view message, std::string_view word) {
  constexpr std::string_view kNear = "near \"";
  const size_t at = message.find(kNear);
  return word.empty() || (at != std::string_view::npos &&
                          equals_word(message.substr(at + kNear.size()).substr(0, word.size()), word));
}

// Whether a date with a time stands without quotes: to SQLite it ends in a token like 01T18, which is none.
bool has_bare_time(const Reader& reader) {
  for (size_t i = 0; i < reader.size(); ++i) {
    const std::string_view text = reader.text(i);
    const auto is_digit = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    if (reader.kind(i) == TokenKind::kIllegal && is_digit(0) && is_digit(1) && is_digit(3) &&
        (text[2] == 'T' || text[2] == 't'))
      return true;
  }
  return false;
}

bool has_form(const Reader& reader, const Form& form) {
  for (size_t i = 0; i < reader.size(); ++i) {
    size_t n = 0;
    while (n < std::size(form.words) && !form.words[n].empty() && reader.is_word(i + n, form.words[n])) ++n;
    if (n == std::size(form.words) || form.words[n].empty()) return true;
  }
  return false;
}

}  // namespace

bool is_foreign_word(std::string_view word) { return foreign_words().has(word); }

const char* hint_for(std::string_view text, std::string_view message) {
  for (const UnknownName& unknown : kUnknownNames) {
    if (equals_word(message, unknown.message)) return unknown.hint;
  }
  const bool is_syntax = message.find("syntax error") != std::string_view::npos;
  if (!is_syntax && message.find("unrecognized token") == std::string_view::npos) return nullptr;
  const Reader reader(text, first_statement(text).tokens);
  if (has_bare_time(reader)) return kTimeQuotes;
  if (!is_syntax) return nullptr;
  for (const Form& form : kSyntax) {
    const bool may_be = !form.is_of_change || reader.is_word(0, "UPDATE") || reader.is_word(0, "DELETE");
    if (may_be && is_near(message, form.near) && has_form(reader, form)) return form.hint;
  }
  return nullptr;
}

}  // namespace spectradb::sql
