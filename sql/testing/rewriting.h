// Has the rewriter's answers in the form in which its tests compare them.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "sql/rewriter.h"
#include "sql/shape/whole_count.h"
#include "sql/testing/fake_catalog.h"

namespace spectradb::sql {

// Returns the whole text with its first statement rewritten; "=" when unchanged.
inline std::string rewrite(const std::string& sql) {
  FakeCatalog catalog;
  auto rewritten = rewrite_statement(sql, catalog);
  if (!rewritten) return "error: " + rewritten.status().message();
  if (!rewritten->changed) return "=";
  CHECK_MESSAGE((may_be_temporal(sql) || counted_table(sql)), sql);
  return rewritten->text;
}

// Returns whether the statement is refused by a message that has the word.
inline bool fails(const std::string& sql, const std::string& word) {
  const std::string text = rewrite(sql);
  const bool is_as_expected = text.rfind("error: ", 0) == 0 && text.find(word) != std::string::npos;
  if (!is_as_expected) MESSAGE(sql, " -> ", text);
  return is_as_expected;
}

// Squeezes blanks: those that clauses leave behind do not matter.
inline std::string squeezed(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == ' ' && (out.empty() || out.back() == ' ' || out.back() == '(')) continue;
    if ((c == ')' || c == ',') && !out.empty() && out.back() == ' ') out.pop_back();
    out += c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace spectradb::sql

#define CHECK_REWRITES(sql, expected) CHECK(squeezed(rewrite(sql)) == (expected))
