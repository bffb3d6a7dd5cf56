// The tables and views that the tests of the rewriter know.
#pragma once

#include <string>

#include "sql/rewriter.h"
#include "sql/shape/catalog.h"
#include "sql/text/tokenizer.h"

namespace spectradb::sql {

class FakeCatalog : public Catalog {
 public:
  Relation find(std::string_view schema, std::string_view name) override {
    auto is = [&](std::string_view other) { return equals_word(name, other); };
    if (is("loose") && (schema.empty() || equals_word(schema, "temp"))) {
      return view("CREATE TEMP VIEW loose AS SELECT * FROM placed_events JOIN placed JOIN placed_view",
                  "temp");
    }
    if (equals_word(schema, "temp")) return {};
    if (is("placed")) return {RelationKind::kOrdinary, {}, {}, "main"};
    if (is("placed_view")) return view("CREATE VIEW placed_view AS SELECT * FROM placed", "main");
    if (is("placed_events")) return temporal({{"pk", "", false}}, "main");
    if (is("w")) return temporal({{"id", "", false}, {"n", "\"id\"", false}, {"m", "[it's]", false}});
    if (equals_word(schema, "aux"))
      return is("far") ? view("CREATE VIEW far AS SELECT * FROM events WHERE x IN plain") : find("", name);
    if (is("events")) return temporal({{"pk", "", false}, {"doc", "", false}});
    if (is("t")) return temporal({{"id", "", false}, {"a", "", false}});
    if (is("prices")) return temporal({{"sku", "", false}, {"price", "", false}});
    if (is("d")) return temporal({{"id", "", false, true}, {"n", "5", false}});
    if (is("g")) return temporal({{"id", "", false}, {"twice", "", true}});
    if (is("sorted"))
      return temporal({{"id", "", false, true}, {"x", "", false, false, true}, {"y", "", false}});
    if (is("docs"))
      return temporal({{"pk", "", false, true},
                       {"doc", "", false},
                       {"n", "", false},
                       {"_expression_1", "", true, false, false, "doc ->> '$.user'"},
                       {"_expression_2", "", true, false, false, "n + 1"},
                       {"_expression_3", "", true, false, false, "coalesce(n, 5)"},
                       {"_condition_4", "", true, false, false, "CASE WHEN (n > 1) THEN 1 END"}});
    if (is("r")) {
      Relation relation = temporal({{"id", "", false}, {"e", "", false}});
      relation.columns[1].ranked_by = {{"near", ""}, {"near", "l"}};
      relation.distance_column = "_distance";
      relation.ranked_by_column = "_ranked_by";
      return relation;
    }
    if (is("plain") || is("orders")) return {RelationKind::kOrdinary, {}, {}, {}};
    if (is("a_view")) return view("CREATE VIEW a_view AS SELECT pk, doc FROM events");
    if (is("nested")) return view("CREATE VIEW nested AS SELECT doc FROM a_view JOIN plain");
    if (is("named")) return view("CREATE VIEW \"named\"(p, d) AS SELECT pk, doc FROM events;");
    if (is("stored")) return view("CREATE VIEW main.stored AS SELECT * FROM events(NULL, '2026-01-01')");
    if (is("plain_view")) return view("CREATE VIEW plain_view AS SELECT * FROM plain");
    if (is("circle")) return view("CREATE VIEW circle AS SELECT * FROM (SELECT * FROM circle) JOIN circle");
    return {};
  }

  bool may_count(std::string_view, std::string_view) override { return true; }

  std::optional<TimeArguments> time_arguments(std::string_view function) override {
    if (equals_word(function, "spectradb_find")) return TimeArguments{{2, 3}};
    if (equals_word(function, "spectradb_travel")) return TimeArguments{{1, std::nullopt}};
    if (equals_word(function, "spectradb_history")) return TimeArguments{};
    return std::nullopt;
  }

  bool may_have_column(std::string_view, std::string_view table, std::string_view column) override {
    return !equals_word(table, "plain") || equals_word(column, "n");
  }

  std::string function_in_schema(std::string_view function) override {
    if (equals_word(function, "spectradb_find")) return "spectradb_in_schema_find";
    return equals_word(function, "spectradb_commits") ? "spectradb_in_schema_commits" : "";
  }

  std::optional<IndexPlace> find_index(std::string_view schema, std::string_view name) override {
    const bool is_main = schema.empty() || equals_word(schema, "main");
    if (is_main && equals_word(name, "events_by_doc")) return IndexPlace{"main", "placed_events"};
    return std::nullopt;
  }

 private:
  static Relation temporal(std::vector<ColumnInfo> columns, const char* schema = "") {
    return {RelationKind::kTemporal, std::move(columns), {}, schema};
  }
  static Relation view(const char* text, const char* schema = "") {
    return {RelationKind::kView, {}, text, schema};
  }
};

// Returns the first statement rewritten, or "unchanged".
inline std::string rewritten_text(std::string_view text) {
  FakeCatalog catalog;
  const Result<Rewritten> rewritten = rewrite_statement(text, catalog);
  if (!rewritten) return "error: " + rewritten.status().message();
  return rewritten->changed ? rewritten->text : "unchanged";
}

}  // namespace spectradb::sql
