#include "sql/text/tokenizer.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cctype>
#include <cstdlib>
#include <random>
#include <string>

#include "sql/text/reader.h"
#include "sql/text/splitter.h"

using namespace spectradb::sql;

namespace {

struct Database {
  Database() { sqlite3_open(":memory:", &handle); }
  ~Database() { sqlite3_close(handle); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  sqlite3* handle = nullptr;
};

// How SQLite judges one statement.
struct Verdict {
  int code;
  size_t tail;
  std::string message;
};

Verdict prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, &tail);
  Verdict verdict{code, static_cast<size_t>(tail - sql.c_str()), sqlite3_errmsg(db)};
  sqlite3_finalize(statement);
  return verdict;
}

std::string kinds(std::string_view sql) {
  static constexpr char kLetters[] = {'w', 'q', 's', 'b', 'n', 'p', 'o', ';', '!'};
  std::string out;
  for (const Token& token : tokenize(sql)) out += kLetters[static_cast<size_t>(token.kind)];
  return out;
}

}  // namespace

TEST_CASE("tokens are of the classes that SQLite's tokenizer knows") {
  CHECK(kinds("select a from t") == "wwww");
  CHECK(kinds("\"a\"\"b\" [c] `d` 'e''f' x'00' X'a'") == "qqqsb!");
  CHECK(kinds("1 1.5 .5 1e5 1e+5 0x1f 1.e3 1e 1a") == "nnnnnnn!!");
  CHECK(kinds("? ?7 :a @b $c #d $a::b(1) : #") == "ppppppp!!");
  CHECK(kinds("a->b->>c||d<>e!=f==g<<h") == "wowowowowowowow");
  CHECK(kinds("-- all\n1 /* x */ 2 /* open") == "nn");
  CHECK(kinds("'open") == "!");
  CHECK(kinds("[open") == "!");
  CHECK(kinds("\xef\xbb\xbfselect 1") == "wn");
  CHECK(kinds("0x1g") == "nw");
  CHECK(kinds("1_000 1_0.0_1e1_0 0xf_f 0x_f") == "nnn!");
  CHECK(kinds("1_ 1__0 1_.5 1._5 1e_5 1_a") == "!!!!!!");
  CHECK(kinds("?1a") == "pw");
  CHECK(kinds(std::string_view("1\0 2", 4)) == "n");
  CHECK(kinds(" \v1") == "n");
  CHECK(kinds("\v1") == "!n");
}

TEST_CASE("quotes are taken off") {
  CHECK(unquote("\"a\"\"b\"") == "a\"b");
  CHECK(unquote("[a]") == "a");
  CHECK(unquote("`a``b`") == "a`b");
  CHECK(unquote("'it''s'") == "it's");
  CHECK(unquote("plain") == "plain");
  CHECK(unquote("\"\"") == "");
  CHECK(unquote("\"") == "\"");
  CHECK(unquote("") == "");
}

bool starts_number(std::string_view text) { return text[0] == '.' || (text[0] >= '0' && text[0] <= '9'); }
bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

// Whether a number is written as not every SQLite takes it (Tokenizer::number).
bool has_number_of_some_versions(std::string_view sql, const std::vector<Token>& tokens) {
  for (const Token& token : tokens) {
    const std::string_view text = sql.substr(token.begin, token.end - token.begin);
    if (!starts_number(text)) continue;
    const bool is_hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const bool has_underscore = text.find('_') != std::string_view::npos;
    const bool takes_it =
        sqlite3_libversion_number() >= 3046000 && token.kind == TokenKind::kNumber && !is_hexadecimal;
    if (has_underscore && !takes_it) return true;
    if (is_hexadecimal && token.end < sql.size() && is_of_name(sql[token.end])) return true;
  }
  return false;
}

// SELECT <text> is rejected as "unrecognized token" exactly when a token of ours is illegal and SQLite gets
// that far; where it accepts the text, both agree on the tail.
TEST_CASE("random text is cut as SQLite cuts it") {
  const char* given = std::getenv("SPECTRADB_SEED");
  const unsigned long seed = given != nullptr ? std::strtoul(given, nullptr, 10) : std::random_device()();
  INFO("SPECTRADB_SEED=", seed);
  std::mt19937_64 random(seed);
  static const char* const kPieces[] = {
      "a",        "1",    "0x",   "0x1", ".",  "e",  "E5",  "+",   "-",  "--", "->",
      ">>",       "'",    "''",   "\"",  "`",  "[",  "]",   "/*",  "*/", "/",  "*",
      "\n",       " ",    "\t",   "\v",  "\f", "\r", "?",   "?1",  ":",  "::", "$",
      "@",        "#",    "(",    ")",   ";",  "x'", "X'",  "00",  "f",  "=",  "!",
      "!=",       "<",    ">",    "|",   "||", "&",  "~",   "%",   ",",  "_",  "\xef\xbb\xbf",
      "\xc3\xa9", "\x7f", "\x01", "{",   "\\", "^",  "for", "\xef"};
  Database db;
  int accepted = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string text;
    const bool as_alias = random() % 2 == 0;
    for (size_t i = random() % 6 + 1; i > 0; --i) text += kPieces[random() % std::size(kPieces)];
    const std::string sql =
        as_alias ? "SELECT 1 " + text + " , 2 ; SELECT 3" : "SELECT " + text + " ; SELECT 3";
    INFO("text: ", sql);
    const Verdict verdict = prepare(db.handle, sql);
    const Statement statement = first_statement(sql);
    if (has_number_of_some_versions(sql, statement.tokens)) continue;
    const Reader reader(sql, statement.tokens);
    bool has_illegal = false;
    for (const Token& token : statement.tokens)
      has_illegal = has_illegal || token.kind == TokenKind::kIllegal;
    if (verdict.code == SQLITE_OK) {
      ++accepted;
      REQUIRE_FALSE(has_illegal);
      REQUIRE(reader.is_sound());
      REQUIRE(statement.consumed == verdict.tail);
    }
    if (verdict.message.rfind("unrecognized token", 0) == 0) {
      REQUIRE(has_illegal);
      for (const Token& token : statement.tokens) {  // the first one, with the same length
        if (token.kind != TokenKind::kIllegal) continue;
        const std::string expected =
            "unrecognized token: \"" + sql.substr(token.begin, token.end - token.begin) + "\"";
        REQUIRE(verdict.message == expected);
        break;
      }
    }
  }
  CHECK(accepted > 500);
}

// Every pair of pieces as an expression list: a text that SQLite takes as so many columns has so many of our
// tokens.
TEST_CASE("what SQLite accepts as one token is one token") {
  Database db;
  for (const char* token : {"1",    "1.5",   ".5",       "1.",     "1e5",
                            "1E-5", "0x1F",  "'a'",      "'a''b'", "x'00'",
                            "?",    "?7",    ":a",       "@a",     "$a",
                            "#a",   "$a::b", "$a::b(c)", "\"a\"",  "NULL",
                            "'\n'", "':a'",  "'--'",     "'/*'",   "9223372036854775808",
                            "1.e5"}) {
    INFO(token);
    CHECK(tokenize(token).size() == 1);
    CHECK(prepare(db.handle, std::string("SELECT ") + token).code == SQLITE_OK);
  }
  for (const char* token : {"1e", "1a", "x'0'", "x'", "'a", "\"a", "[a", "`a", "!", "{", "\\", ":", "@", "#",
                            "$", "^", "0xg", "1/*"}) {
    INFO(token);
    CHECK(prepare(db.handle, std::string("SELECT ") + token).code != SQLITE_OK);
    CHECK_FALSE(Reader(token, tokenize(token)).is_sound());
  }
}
