// Reads the shape of one statement by descending through its queries. Its parts are shape.cc (names, common
// tables, binding), query_shape.cc (queries and FROM), write_shape.cc (INSERT, UPDATE, DELETE) and
// conflict_shape.cc (ON CONFLICT).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sql/shape/shape.h"

namespace spectradb::sql {

class ShapeReader {
 public:
  ShapeReader(const Reader& reader, Shape& shape) : reader_(reader), shape_(shape) {}

  Status statement(Span span);
  Status expression(Span span);
  void reach_missing_times();  // called when all is read

 private:
  struct Scope;   // names of common tables, visible inside the query that has the WITH
  struct Deeper;  // counts nesting

  // shape.cc
  Status with(size_t& i, size_t end, Sources& sources);
  std::optional<size_t> body_of_common_table(size_t i, size_t end) const;
  void declare_common_tables(size_t i, size_t end);
  void finish(CommonTable& table);
  CommonTable* find_common_table(const std::string& name);
  bool is_inside_own_body(const CommonTable* table) const;
  Status read_clauses(size_t& i, size_t end, std::vector<BoundClause*>& clauses);
  Status bind(const Sources& sources, const std::vector<BoundClause*>& clauses);
  void bind_sources(const Sources& sources, BoundClause& clause);
  void bind_reference(CommonReference& reference, BoundClause& clause);
  void reach(const Sources& sources, int depth);

  // query_shape.cc
  Status query(size_t i, size_t end, Sources& sources);
  Status query_body(size_t i, size_t end, Sources& sources);
  Status query_core(size_t& i, size_t end, Sources& core, std::vector<BoundClause*>& clauses,
                    std::vector<BoundClause*>& last);
  Status look_into(size_t& i, size_t end, Sources& sources);
  Status look_into(Span span, Sources& sources);
  Status parenthesis(size_t i, size_t end, Sources& sources);
  Status from(size_t& i, size_t end, Sources& sources);
  Status from_item(size_t& i, size_t end, Sources& sources);
  Status join_condition(size_t& i, size_t end, Sources& sources);
  Status table_name(size_t& i, size_t end, Sources& sources, TableReference** reference);
  Status arguments(size_t& i, size_t end, TableReference& reference, Sources& sources);
  bool joins(size_t& i, size_t end) const;
  bool starts_compound(size_t i) const;

  // write_shape.cc
  Status insert(size_t i, size_t end);
  Status insert_rows(size_t& i, size_t end, Write& write, Sources& sources);
  size_t insert_query_end(size_t i, size_t end) const;
  bool is_alias_in_insert(size_t i) const;
  Status valid_period(size_t& i, size_t end, Write& write);
  Status update_or_delete(size_t i, size_t end);
  Status read_write_target(size_t& i, size_t end, Write& write);
  Status refuse_clause(size_t i, size_t end, const Write& write);
  Write& new_write(Write::Kind kind, size_t& i, size_t end);

  // conflict_shape.cc
  bool starts_conflict_clause(size_t i) const;
  void conflict_clause(size_t& i, size_t end, Write& write) const;
  size_t behind_part(size_t i, size_t end) const;

  const Reader& reader_;
  Shape& shape_;
  std::vector<std::map<std::string, CommonTable*>> scopes_;
  std::vector<CommonTable*> bodies_;  // common tables whose queries are being read
  QueryCore* core_ = nullptr;         // the core whose FROM is being read
  size_t begin_ = 0;                  // of the statement
  int depth_ = 0;
  int time_depth_ = 0;
};

struct ShapeReader::Scope {
  explicit Scope(ShapeReader& owner) : reader(owner) { reader.scopes_.emplace_back(); }
  ~Scope() { reader.scopes_.pop_back(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ShapeReader& reader;
};

struct ShapeReader::Deeper {
  explicit Deeper(int& counter) : depth(counter) { ++depth; }
  ~Deeper() { --depth; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  Status check() const {
    constexpr int kMaxDepth = 200;
    return depth > kMaxDepth
               ? Status::invalid("the statement is nested too deeply: more than 200 levels of parentheses")
               : Status::ok();
  }
  int& depth;
};

}  // namespace spectradb::sql
