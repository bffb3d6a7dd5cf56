// Rewrites one statement, or the query of one view: statement_rewriter.cc reads and times, view_rewriter.cc
// views, write_rewriter.cc INSERT, UPDATE and DELETE, conflict_rewriter.cc ON CONFLICT, returning_rewriter.cc
// RETURNING, minimum_rewriter.cc min(), count_rewriter.cc count(*), now_rewriter.cc CURRENT_TIMESTAMP, bound_rewriter.cc comparisons with times of rows,
// expression_rewriter.cc indexed expressions,
// ranking_rewriter.cc ORDER BY what an index finds rows in the order of,
// match_rewriter.cc the names of tables before MATCH.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/shape/shape.h"
#include "sql/text/edits.h"

namespace spectradb::sql {

struct WholeCount;

std::string quoted(std::string_view name);
std::string column_name(std::string_view name);  // the column as an expression

// Times to read the tables of a view at, as SQL text; empty for none.
struct OuterTimes {
  std::string text[2];  // by Axis
};

// The views being inlined, one around the other.
struct ViewStack {
  std::vector<std::string> definitions;
  std::vector<std::string> common_names;  // of the common tables of all statements around
  int inlined = 0;                        // in the whole statement
  bool may_rank = true;
  bool ranks = false;  // an ORDER BY was given to an index, in a view or around it
};

class StatementRewriter {
 public:
  // `view_schema` is the schema of a view's unqualified names; empty for a user's statement and for temp
  // views.
  StatementRewriter(std::string_view sql, const Reader& reader, Catalog& catalog, ViewStack& views,
                    std::string view_schema = {})
      : sql_(sql),
        reader_(reader),
        catalog_(catalog),
        views_(views),
        view_schema_(std::move(view_schema)),
        edits_(sql) {}

  // The words that tell queries and writes that may have to be rewritten: each such statement has one of
  // them.
  static std::span<const std::string_view> words();

  // Afterwards render() returns the new text, if is_changed().
  Status rewrite(Span statement);

  // Rewrites the query of a view, to be read at the given times.
  Status rewrite_view(Span query, const OuterTimes& outer) { return rewrite_query_or_write(query, &outer); }

  bool is_changed() const { return edits_.count() > numbered_; }  // numbers alone change nothing
  bool reads_temporal() const { return reads_temporal_; }
  std::string render(Span statement);

 private:
  Status rewrite_query_or_write(Span statement, const OuterTimes* outer);
  Status rewrite_shape(Shape& shape, const OuterTimes* outer);
  Status rewrite_trigger(Span statement, Span body);
  Status rewrite_create(Span statement);
  void number_parameters();

  Status rewrite_table(const TableReference& table, const OuterTimes* outer);
  bool rewrite_function(const TableReference& table, const Relation& relation, const std::string& schema);
  Status give_times(const TableReference& table, const TimeArguments& takes, const std::string (&times)[2],
                    const std::string& schema);
  Status qualify(const TableReference& table, const Relation& relation);
  Relation find(const std::string& schema, const std::string& name);
  std::string schema_of_view(Span statement) const;
  std::string schema_of_trigger(Span statement);
  std::string arguments(const TableReference& table, const std::string (&times)[2]) const;
  std::string argument(const Time& time) const;
  std::string bound(const Instant& instant) const;
  bool is_literal(const Instant& instant) const;
  bool is_now(Span span) const;
  std::string rendered_time(Span span) const { return is_now(span) ? "'now'" : rendered(span); }
  Status check_clauses(const Shape& shape) const;
  Status check_common_table(const CommonTable& table) const;
  Status missing_time(Span words) const;
  bool reads_temporal(const Sources& sources, int depth) const;

  // minimum_rewriter.cc
  void rewrite_minimum(Span statement, const Shape& shape);
  bool is_last_condition(Span where) const;

  // count_rewriter.cc
  void rewrite_count(Span statement, const Shape& shape);
  bool is_all_of_count(const WholeCount& count, Span statement, const Shape& shape) const;

  // now_rewriter.cc
  void rewrite_now(Span statement, const Shape& shape);
  void rewrite_now_of_rows(const Write& write);
  bool is_or_reads_temporal(const std::string& schema, const std::string& name);

  // bound_rewriter.cc
  void rewrite_bounds(Span statement, const Shape& shape);
  bool may_show_times(const Shape& shape, size_t begin, size_t column);

  // unquoted_dates.cc
  Status refuse_dates(Span statement, const Shape& shape);
  bool names_temporal(const Relation& view);

  // match_rewriter.cc
  void rewrite_match(Span statement, const Shape& shape);
  bool is_temporal_source(const std::string& name, const std::string& alias, const std::string& schema,
                          const std::string& meant);

  // expression_rewriter.cc
  struct Indexed;
  void rewrite_expressions(const Shape& shape, Span statement);
  void mark_made_up(const QueryCore& core, Indexed& indexed) const;
  void rewrite_conditions(Span region, const Indexed& indexed);
  size_t rewrite_elements(Span region, size_t i, bool is_plain, const Indexed& indexed);
  void rewrite_terms(const QueryCore& core, bool is_outermost, const Indexed& indexed);

  // ranking_rewriter.cc
  struct Ranked;
  void rewrite_rankings(const Shape& shape);
  void rewrite_ranking(const Shape& shape, const QueryCore& core);
  size_t end_of_order(const Shape& shape, Span order) const;
  Span term_behind_alias(const QueryCore& core, size_t from, Span term) const;
  bool find_ranked(const Shape& shape, const QueryCore& core, Span call, Ranked& ranked);
  bool has_column_of(const Shape& shape, const QueryCore& core, Span asked);
  std::optional<bool> has_column(const TableReference& table, std::string_view column);

  // view_rewriter.cc
  Status inline_view(const TableReference& table, const Relation& relation, const std::string (&times)[2]);
  std::string schema_of(const TableReference& view, const Relation& relation);

  // write_rewriter.cc
  Status rewrite_write(const Write& write);
  Status rewrite_portion(const Write& write);
  Status check_portion(const Write& write) const;
  Status rewrite_insert(const Write& write);
  Status check_value_counts(const Write& write, const Relation& relation) const;
  Status add_columns(const Write& write, const Relation& relation, const std::string& columns,
                     const std::string& values);
  void let_last_key_count(const Write& write, const Relation& relation);
  bool names(Span columns, std::string_view column) const;
  void note_copy(const Write& write);

  // conflict_rewriter.cc
  Result<std::string> rewrite_conflicts(const Write& write, const Relation& relation);
  Status say_conflict_action(const Write& write, const Relation& relation, std::string& upsert);
  Result<std::string> conflict_target(const Write& write, const Relation& relation,
                                      const ConflictClause& clause) const;
  Result<std::string> conflict_update(const Write& write, const Relation& relation,
                                      const ConflictClause& clause);
  Result<size_t> assigned_column(const Write& write, const Relation& relation, Span name) const;

  // returning_rewriter.cc
  struct Returned;
  Status rewrite_returning(const Write& write);
  size_t end_of_returned(const Write& write) const;
  Status read_returned(const Write& write, const Relation& relation, Returned& returned) const;

  void remove(Span span) { edits_.replace(begin_of(span.begin), end_of(span.end - 1), ""); }
  size_t begin_of(size_t token) const { return reader_.token(token).begin; }
  size_t end_of(size_t token) const { return reader_.token(token).end; }
  std::string rendered(Span span) const { return edits_.render(begin_of(span.begin), end_of(span.end - 1)); }

  std::string_view sql_;
  const Reader& reader_;
  Catalog& catalog_;
  ViewStack& views_;
  const std::string view_schema_;
  Edits edits_;
  Span whole_;  // the user's statement; empty for a view
  bool is_trigger_ = false;
  bool is_stored_ = false;   // the query of a CREATE statement
  bool is_kept_ = false;     // of a view or trigger in a file, which may be attached by another name next
  std::string kept_schema_;  // its name now; empty for what no file keeps
  size_t common_names_around_ = 0;  // of ViewStack::common_names, not of the shape at hand
  bool is_numbered_ = false;
  bool counts_rows_ = false;  // for the current write: the table may skip rows, so they must be counted
  size_t numbered_ = 0;       // edits that only give a parameter its number
  bool reads_temporal_ = false;
  // Tables of the current shape that are temporal, or views of such, sorted.
  std::vector<const TableReference*> temporal_;
};

}  // namespace spectradb::sql
