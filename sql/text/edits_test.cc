#include "sql/text/edits.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace spectradb::sql;

TEST_CASE("replacements and insertions") {
  Edits edits("0123456789");
  CHECK(edits.render(0, 10) == "0123456789");
  edits.replace(2, 4, "ab");
  edits.insert(4, "<");
  edits.insert(4, ">");
  edits.insert(10, "end");
  edits.insert(0, "begin");
  CHECK(edits.count() == 5);
  CHECK(edits.render(0, 10) == "begin01ab<>456789end");
  CHECK(edits.render(2, 4) == "ab<>");
  CHECK(edits.render(3, 6) == "3<>45");  // the replacement lies around
  CHECK(edits.render(5, 5) == "");
}

TEST_CASE("an edit inside another one is not rendered with it, but alone") {
  Edits edits("a(b)c");
  edits.replace(2, 3, "X");
  edits.replace(1, 4, "");
  edits.insert(4, "!");
  CHECK(edits.render(0, 5) == "a!c");
  CHECK(edits.render(2, 3) == "X");
}

TEST_CASE("at one place insertions stand in front of replacements") {
  Edits edits("ab");
  edits.replace(1, 2, "B");
  edits.insert(1, "-");
  CHECK(edits.render(0, 2) == "a-B");
}

TEST_CASE("many edits in any order stay fast") {
  const std::string text(200000, 'x');
  const auto begin = std::chrono::steady_clock::now();
  Edits edits(text);
  for (size_t i = text.size(); i > 0; i -= 2) edits.insert(i - 1, "y");
  CHECK(edits.render(0, text.size()).size() == 300000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}
