#include "extension/facets/dump/statement_splitter.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using spectradb::extension::dump::StatementSplitter;

namespace {

struct Parts {
  std::vector<std::string> statements;
  bool is_blank = false;
};

// Splits the text, which comes in pieces of so many bytes.
Parts split(const std::string& text, size_t piece_bytes) {
  StatementSplitter splitter;
  Parts parts;
  for (size_t at = 0; at <= text.size(); at += piece_bytes) {
    const bool is_last = at + piece_bytes > text.size();
    splitter.add(text.substr(at, piece_bytes) + (is_last ? "\n" : ""));
    while (const auto statement = splitter.take()) parts.statements.push_back(*statement);
  }
  parts.is_blank = splitter.is_blank();
  return parts;
}

}  // namespace

TEST_CASE("statements end where SQLite says, however the text comes in") {
  const std::vector<std::string> statements = {
      "SELECT 1;",
      "\nINSERT INTO t VALUES('a;''b;\n');",
      " SELECT \"a;\", `b;`, [c;];",
      "-- no; end\nSELECT /* ; */ 2 /*/ ; */;",
      "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT ';'; END;",
      "SELECT 3 - -1 / 2;",
  };
  std::string text;
  for (const std::string& statement : statements) text += statement;
  for (size_t piece_bytes = 1; piece_bytes <= text.size() + 1; ++piece_bytes) {
    const Parts parts = split(text, piece_bytes);
    CHECK(parts.statements == statements);
    CHECK(parts.is_blank);
  }
}

TEST_CASE("what is left is blank, or a statement without its end") {
  CHECK(split("SELECT 1; -- done; really", 4).is_blank);
  CHECK(split(" \n/* all; */\t", 3).is_blank);
  CHECK(split("", 3).is_blank);
  CHECK_FALSE(split("SELECT 1; SELECT 2", 4).is_blank);
  CHECK_FALSE(split("SELECT 'a;", 4).is_blank);
  CHECK(split("SELECT 'a;", 4).statements.empty());
}
