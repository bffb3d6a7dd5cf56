#include "sql/shape/clause.h"

#include <doctest/doctest.h>

using spectradb::Result;
using namespace spectradb::sql;

namespace {

// Returns the parts of the clause at the start of the text: axis, form, times and the rest; "-" when none
// starts there.
std::string parts(const std::string& sql) {
  const Reader reader(sql, tokenize(sql));
  if (!starts_clause(reader, 0, reader.size())) return "-";
  Result<Clause> clause = read_clause(reader, 0, reader.size());
  if (!clause) return clause.status().message();
  static const char* const kForms[] = {"at", "all", "from", "between", "symmetric", "contained"};
  std::string out = clause->axis == Axis::kSystem ? "system " : "valid ";
  out += kForms[static_cast<size_t>(clause->time.form)];
  for (const Instant* bound : {&clause->time.at, &clause->time.until}) {
    if (bound->expression.is_empty()) continue;
    out += bound->unit == Unit::kCommit ? " commit" : bound->unit == Unit::kTimestamp ? " timestamp" : "";
    out += " [" + std::string(reader.text(bound->expression)) + "]";
  }
  if (clause->time.is_only) out += " only";
  const Span rest{clause->tokens.end, reader.size()};
  return rest.is_empty() ? out : out + " | " + std::string(reader.text(rest));
}

std::string portion(const std::string& sql) {
  const Reader reader(sql, tokenize(sql));
  if (!starts_portion(reader, 0)) return "-";
  Result<Portion> read = read_portion(reader, 0, reader.size());
  if (!read) return read.status().message();
  return "[" + std::string(reader.text(read->from)) + "] [" + std::string(reader.text(read->to)) + "] " +
         std::string(reader.text(Span{read->tokens.end, reader.size()}));
}

}  // namespace

TEST_CASE("all forms of clauses") {
  CHECK(parts("AS OF 1") == "system at [1]");
  CHECK(parts("as /* x */ of -- y\n 1") == "system at [1]");
  CHECK(parts("AS OF COMMIT 5 x") == "system at commit [5] | x");
  CHECK(parts("AS OF TIMESTAMP '2026-01-01'") == "system at timestamp ['2026-01-01']");
  CHECK(parts("AS OF commit - 5") == "system at [commit - 5]");
  CHECK(parts("VALID AT '2026-01-01' n") == "valid at ['2026-01-01'] | n");
  CHECK(parts("FOR SYSTEM_TIME AS OF 5") == "system at [5]");
  CHECK(parts("FOR SYSTEM_TIME FROM 3 TO 9") == "system from [3] [9]");
  CHECK(parts("FOR SYSTEM_TIME BETWEEN 3 AND 9 AND x") == "system between [3] [9] | AND x");
  CHECK(parts("FOR VALID_TIME CONTAINED IN (3, NULL)") == "valid contained [3] [NULL]");
  CHECK(parts("FOR VALID_TIME BETWEEN SYMMETRIC 9 AND 3 x") == "valid symmetric [9] [3] | x");
  CHECK(parts("FOR VALID_TIME BETWEEN ASYMMETRIC 3 AND 9") == "valid between [3] [9]");
  CHECK(parts("FOR VALID_TIME ONLY FROM 3 TO 9") == "valid from [3] [9] only");
  CHECK(parts("FOR VALID_TIME ONLY BETWEEN ? AND ? t") == "valid between [?] [?] only | t");
  CHECK(parts("FOR SYSTEM_TIME FROM COMMIT 3 TO TIMESTAMP '2026-01-01'") ==
        "system from commit [3] timestamp ['2026-01-01']");
  CHECK(parts("AS OF COMMIT (SELECT 1) x") == "system at commit [(SELECT 1)] | x");
  CHECK(parts("VALID AT DATE '2026-01-01'") == "valid at ['2026-01-01']");
  CHECK(parts("VALID AT date('now')") == "valid at [date('now')]");
  CHECK(parts("VALID AT TIMESTAMP ?") == "valid at [?]");
  CHECK(parts("FOR SYSTEM_TIME ALL") == "system all");
  CHECK(parts("FOR ALL SYSTEM_TIME") == "system all");
  CHECK(parts("FOR ALL APPLICATION_TIME x") == "valid all | x");
  CHECK(parts("FOR APPLICATION_TIME AS OF '2026-01-01'") == "valid at ['2026-01-01']");
}

TEST_CASE("a time is an expression of operands and arithmetic operators") {
  CHECK(parts("AS OF ? o ON 1") == "system at [?] | o ON 1");
  CHECK(parts("AS OF -1 + 2 * f(3, 4) WHERE") == "system at [-1 + 2 * f(3, 4)] | WHERE");
  CHECK(parts("AS OF (SELECT max(c) FROM x) y") == "system at [(SELECT max(c) FROM x)] | y");
  CHECK(parts("VALID AT o.ordered_on ON p.sku") == "valid at [o.ordered_on] | ON p.sku");
  CHECK(parts("VALID AT a.b.c || 'x' p") == "valid at [a.b.c || 'x'] | p");
  CHECK(parts("AS OF CASE WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END ELSE 4 END e") ==
        "system at [CASE WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END ELSE 4 END] | e");
  CHECK(parts("AS OF doc ->> '$.t' AND x") == "system at [doc ->> '$.t'] | AND x");
}

TEST_CASE("aliases named of, valid and for are no clauses") {
  for (const char* sql : {"AS of",
                          "AS of WHERE 1",
                          "AS of, t",
                          "AS of JOIN t",
                          "AS of NOT INDEXED",
                          "AS of ON 1",
                          "AS of AS OF 3",
                          "AS of VALID AT 3",
                          "AS of FOR SYSTEM_TIME AS OF 3",
                          "AS of)",
                          "valid",
                          "valid WHERE 1",
                          "valid at, x",
                          "valid at FROM t",
                          "FOR",
                          "FOR EACH ROW",
                          "\"AS\" OF 3",
                          "AS \"OF\" 3",
                          "VALID \"AT\" 3",
                          "t.AS OF 3",
                          "FOR t",
                          "FOR ALL t"}) {
    INFO(sql);
    CHECK(parts(sql) == "-");
  }
}

TEST_CASE("malformed clauses say what is missing") {
  CHECK(parts("FOR SYSTEM_TIME")
            .find("expected AS OF, FROM, BETWEEN, CONTAINED IN, ONLY or ALL after FOR SYSTEM_TIME, found the "
                  "end") != std::string::npos);
  CHECK(parts("FOR SYSTEM_TIME AS OF").find("a time behind FOR SYSTEM_TIME AS OF") != std::string::npos);
  CHECK(parts("FOR SYSTEM_TIME FROM 3 x").find("expected TO") != std::string::npos);
  CHECK(parts("FOR SYSTEM_TIME BETWEEN 3 TO 4").find("expected AND") != std::string::npos);
  CHECK(parts("FOR SYSTEM_TIME CONTAINED (3, 4)").find("expected IN") != std::string::npos);
  CHECK(parts("FOR SYSTEM_TIME CONTAINED IN (3, 4").find("')'") != std::string::npos);
  CHECK(parts("AS OF NULL") == "AS OF NULL names no time: leave the clause out to read the present");
  CHECK(parts("VALID AT NULL") == "VALID AT NULL names no time: leave the clause out to read the present");
  CHECK(parts("AS OF COMMIT NULL").find("names no time") != std::string::npos);
  CHECK(parts("AS OF COMMIT '2026-01-01'").find("say TIMESTAMP") != std::string::npos);
  CHECK(parts("AS OF TIMESTAMP 5").find("say COMMIT 5") != std::string::npos);
  CHECK(parts("AS OF TIMESTAMP '5'").find("say COMMIT '5'") != std::string::npos);
  CHECK(parts("AS OF DATE '5'").find("say COMMIT '5'") != std::string::npos);
  CHECK(parts("VALID AT COMMIT 5").find("system time") != std::string::npos);
  CHECK(parts("FOR SYSTEM_TIME ONLY FROM 1 TO 2").find("only valid time") != std::string::npos);
  CHECK(parts("FOR VALID_TIME ONLY CONTAINED IN (1, 2)").find("expected FROM") != std::string::npos);
  CHECK(parts("FOR PORTION OF VALID_TIME FROM 1 TO 2").find("UPDATE and DELETE") != std::string::npos);
}

TEST_CASE("portions") {
  CHECK(portion("FOR PORTION OF VALID_TIME FROM '2026-06-01' TO ? SET") == "['2026-06-01'] [?] SET");
  CHECK(portion("FOR PORTION OF APPLICATION_TIME FROM date('now') TO NULL") == "[date('now')] [NULL] ");
  CHECK(portion("FOR PORTION OF VALID_TIME FROM DATE '2026-06-01' TO TIMESTAMP ? SET") ==
        "['2026-06-01'] [?] SET");
  CHECK(portion("FOR PORTION OF SYSTEM_TIME FROM 1 TO 2").find("the past cannot be written") !=
        std::string::npos);
  CHECK(portion("FOR PORTION OF t FROM 1 TO 2").find("VALID_TIME") != std::string::npos);
  CHECK(portion("FOR PORTION OF VALID_TIME SET").find("FROM") != std::string::npos);
  CHECK(portion("FOR PORTION OF VALID_TIME FROM TO 2").find("start") != std::string::npos);
  CHECK(portion("FOR PORTION OF VALID_TIME FROM 1 2").find("TO") != std::string::npos);
  CHECK(portion("FOR PORTION OF VALID_TIME FROM 1 TO").find("end of the portion") != std::string::npos);
}
