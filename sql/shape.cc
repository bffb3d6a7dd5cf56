#include "sql/shape.h"

#include <algorithm>

namespace spectradb::sql {

namespace {

constexpr int kMaxDepth = 200;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

const char* axis_words(int axis) { return axis == 0 ? "system time" : "valid time"; }

using Tables = std::vector<TableReference*>;

class ShapeReader {
 public:
  ShapeReader(const Reader& reader, Shape& shape) : reader_(reader), shape_(shape) {}

  Status statement(Span span) {
    const size_t end = span.end;
    size_t i = span.begin;
    Scope scope(*this);
    Tables tables;
    SPECTRADB_RETURN_IF_ERROR(with(i, end, tables));
    if (reader_.is_word(i, "INSERT") || reader_.is_word(i, "REPLACE")) return insert(i, end);
    if (reader_.is_word(i, "UPDATE") || reader_.is_word(i, "DELETE")) return update_or_delete(i, end);
    return query_body(i, end, tables);
  }

  Status check_common_tables() const {
    for (const CommonTable& table : shape_.common_tables) {
      for (int axis = 0; axis < 2; ++axis) {
        if (table.clauses[axis] > 0 && (table.clauses[axis] < table.references)) {
          return Status::invalid("the common table " + table.name + " is read at more than one " + axis_words(axis) +
                                 ": write the clause inside its own query, or name a common table for each time");
        }
      }
    }
    return Status::ok();
  }

 private:
  // Names of common tables, visible inside the query that has the WITH.
  struct Scope {
    explicit Scope(ShapeReader& owner) : reader(owner) { reader.scopes_.emplace_back(); }
    ~Scope() { reader.scopes_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ShapeReader& reader;
  };

  struct Deeper {
    explicit Deeper(int& d) : depth(d) { ++depth; }
    ~Deeper() { --depth; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    int& depth;
  };

  CommonTable* find_common_table(const std::string& name) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      auto found = scope->find(lower(name));
      if (found != scope->end()) return found->second;
    }
    return nullptr;
  }

  bool starts_query(size_t i) const { return reader_.is_word(i, "SELECT") || reader_.is_word(i, "WITH") || reader_.is_word(i, "VALUES"); }

  // [WITH …] with its bodies; i moves behind.
  Status with(size_t& i, size_t end, Tables& tables) {
    if (!reader_.is_word(i, "WITH")) return Status::ok();
    ++i;
    if (reader_.is_word(i, "RECURSIVE")) ++i;
    while (i < end && reader_.is_name(i)) {
      shape_.common_tables.emplace_back();
      CommonTable& table = shape_.common_tables.back();
      table.name = reader_.name(i++);
      scopes_.back()[lower(table.name)] = &table;
      if (reader_.is_operator(i, "(")) i = reader_.behind_parenthesis(i, end);
      if (reader_.is_word(i, "AS")) ++i;
      if (reader_.is_word(i, "NOT")) ++i;
      if (reader_.is_word(i, "MATERIALIZED")) ++i;
      if (!reader_.is_operator(i, "(")) return Status::ok();  // SQLite will complain
      const size_t behind = reader_.behind_parenthesis(i, end);
      in_own_body_.push_back(&table);
      Status status = query(i + 1, behind - 1, table.tables);
      in_own_body_.pop_back();
      if (!status) return status;
      tables.insert(tables.end(), table.tables.begin(), table.tables.end());
      i = behind;
      if (!reader_.is_operator(i, ",")) break;
      ++i;
    }
    return Status::ok();
  }

  // A whole query in [i, end): adds its tables to `tables`.
  Status query(size_t i, size_t end, Tables& tables) {
    Deeper deeper(depth_);
    if (depth_ > kMaxDepth) return Status::invalid("the statement is nested too deeply");
    Scope scope(*this);
    Tables own;
    SPECTRADB_RETURN_IF_ERROR(with(i, end, own));
    SPECTRADB_RETURN_IF_ERROR(query_body(i, end, own));
    tables.insert(tables.end(), own.begin(), own.end());
    return Status::ok();
  }

  bool starts_compound(size_t i) const {
    return reader_.is_word(i, "UNION") || reader_.is_word(i, "EXCEPT") || reader_.is_word(i, "INTERSECT");
  }

  // The cores of a query and what follows them. `tables` holds the tables of its WITH. Stops at the end.
  Status query_body(size_t i, size_t end, Tables& tables) {
    bool is_compound = false;
    Tables core;
    while (i < end) {
      SPECTRADB_RETURN_IF_ERROR(query_core(i, end, core));
      if (i >= end) break;
      if (starts_compound(i)) {
        tables.insert(tables.end(), core.begin(), core.end());
        core.clear();
        is_compound = true;
        i += reader_.is_word(i + 1, "ALL") && reader_.is_word(i, "UNION") ? 2 : 1;
        continue;
      }
      // A clause behind WHERE … or ORDER BY …: of this core when another one follows, else of the whole query.
      std::vector<Clause> clauses;
      SPECTRADB_RETURN_IF_ERROR(read_clauses(i, end, clauses));
      if (clauses.empty()) {  // nothing of ours: SQLite will say what it thinks
        ++i;
        continue;
      }
      const bool is_at_end = i >= end;
      if (is_at_end || !is_compound) tables.insert(tables.end(), core.begin(), core.end());
      SPECTRADB_RETURN_IF_ERROR(bind(starts_compound(i) ? core : tables, clauses));
      if (is_at_end || !is_compound) core.clear();
    }
    tables.insert(tables.end(), core.begin(), core.end());
    return Status::ok();
  }

  // One SELECT or VALUES up to a compound operator, a trailing clause or the end.
  Status query_core(size_t& i, size_t end, Tables& tables) {
    bool has_from = false;
    for (; i < end; ++i) {
      if (starts_compound(i)) return Status::ok();
      if (starts_clause(reader_, i, end) && (has_from || !reader_.is_word(i, "AS"))) return Status::ok();
      if (reader_.is_word(i, "FROM") && !has_from && !(i > 0 && reader_.is_word(i - 1, "DISTINCT") && i > 1 && (reader_.is_word(i - 2, "IS") || reader_.is_word(i - 2, "NOT")))) {
        has_from = true;
        ++i;
        SPECTRADB_RETURN_IF_ERROR(from(i, end, tables));
        --i;
        continue;
      }
      SPECTRADB_RETURN_IF_ERROR(look_into(i, end, tables));
    }
    return Status::ok();
  }

  // What nests at token i of an expression; i moves to its last token.
  Status look_into(size_t& i, size_t end, Tables& tables) {
    if (reader_.is_operator(i, "(")) {
      const size_t behind = reader_.behind_parenthesis(i, end);
      SPECTRADB_RETURN_IF_ERROR(parenthesis(i + 1, behind - (reader_.is_operator(behind - 1, ")") ? 1 : 0), tables));
      i = behind - 1;
    } else if (reader_.is_word(i, "IN") && i + 1 < end && reader_.is_name(i + 1) && reader_.kind(i + 1) != TokenKind::kString) {
      ++i;
      SPECTRADB_RETURN_IF_ERROR(table_name(i, end, tables));
      --i;
    }
    return Status::ok();
  }

  // The inside of a parenthesis: a query, or an expression.
  Status parenthesis(size_t i, size_t end, Tables& tables) {
    if (starts_query(i)) return query(i, end, tables);
    Deeper deeper(depth_);
    if (depth_ > kMaxDepth) return Status::invalid("the statement is nested too deeply");
    for (; i < end; ++i) SPECTRADB_RETURN_IF_ERROR(look_into(i, end, tables));
    return Status::ok();
  }

  // [schema .] name [ (arguments) ]; i moves behind. A common table is no table, and gives its body's tables.
  Status table_name(size_t& i, size_t end, Tables& tables) {
    common_ = nullptr;
    TableReference reference;
    reference.tokens.begin = i;
    reference.name = reader_.name(i++);
    if (reader_.is_operator(i, ".") && i + 1 < end && reader_.is_name(i + 1)) {
      reference.schema = reference.name;
      reference.name = reader_.name(i + 1);
      i += 2;
    }
    reference.tokens.end = i;
    if (i < end && reader_.is_operator(i, "(")) {
      const size_t behind = reader_.behind_parenthesis(i, end);
      SPECTRADB_RETURN_IF_ERROR(parenthesis(i + 1, behind - 1, tables));
      reference.has_arguments = true;
      i = behind;
    }
    common_ = reference.schema.empty() ? find_common_table(reference.name) : nullptr;
    if (common_ != nullptr) {
      const bool is_recursive = std::find(in_own_body_.begin(), in_own_body_.end(), common_) != in_own_body_.end();
      if (!is_recursive) ++common_->references;
      return Status::ok();
    }
    shape_.tables.push_back(std::move(reference));
    tables.push_back(&shape_.tables.back());
    return Status::ok();
  }

  // A FROM list; i moves behind it.
  Status from(size_t& i, size_t end, Tables& tables) {
    while (i < end) {
      SPECTRADB_RETURN_IF_ERROR(from_item(i, end, tables));
      if (!joins(i, end)) {
        if (!reader_.is_word(i, "ON") && !reader_.is_word(i, "USING")) return Status::ok();
        SPECTRADB_RETURN_IF_ERROR(join_condition(i, end, tables));
        if (!joins(i, end)) return Status::ok();
      }
    }
    return Status::ok();
  }

  // A comma or JOIN words; i moves behind them.
  bool joins(size_t& i, size_t end) const {
    if (reader_.is_operator(i, ",") && i < end) {
      ++i;
      return true;
    }
    static constexpr std::string_view kWords[] = {"NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER", "JOIN"};
    const size_t begin = i;
    while (i < end && std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) { return reader_.is_word(i, word); })) ++i;
    return i > begin;
  }

  Status join_condition(size_t& i, size_t end, Tables& tables) {
    if (reader_.is_word(i, "USING")) {
      i = reader_.is_operator(i + 1, "(") ? reader_.behind_parenthesis(i + 1, end) : i + 1;
      return Status::ok();
    }
    for (++i; i < end; ++i) {
      size_t ahead = i;
      if (joins(ahead, end) || starts_clause(reader_, i, end) || starts_compound(i) || reader_.is_word(i, "ON")) return Status::ok();
      for (std::string_view word : {"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "WINDOW", "RETURNING"}) {
        if (reader_.is_word(i, word)) return Status::ok();
      }
      SPECTRADB_RETURN_IF_ERROR(look_into(i, end, tables));
    }
    return Status::ok();
  }

  Status from_item(size_t& i, size_t end, Tables& tables) {
    if (i >= end) return Status::ok();
    Tables item;
    CommonTable* common = nullptr;
    if (reader_.is_operator(i, "(")) {
      const size_t behind = reader_.behind_parenthesis(i, end);
      size_t inside = i + 1;
      if (starts_query(inside)) {
        SPECTRADB_RETURN_IF_ERROR(query(inside, behind - 1, item));
      } else {
        SPECTRADB_RETURN_IF_ERROR(from(inside, behind - 1, item));
      }
      i = behind;
    } else if (reader_.is_name(i)) {
      SPECTRADB_RETURN_IF_ERROR(table_name(i, end, item));
      common = common_;
    } else {
      return Status::ok();
    }
    TableReference* reference = item.size() == 1 && common == nullptr ? item.front() : nullptr;
    std::vector<Clause> clauses;
    bool has_alias = false;
    for (;;) {
      SPECTRADB_RETURN_IF_ERROR(read_clauses(i, end, clauses));
      if (has_alias || i >= end) break;
      if (reader_.is_word(i, "AS") && reader_.is_name(i + 1)) {
        i += 2;
      } else if (reader_.is_name(i) && !reader_.is_reserved(i)) {
        i += 1;
      } else {
        break;
      }
      has_alias = true;
      if (reference != nullptr) reference->has_alias = true;
    }
    if (reader_.is_words(i, "INDEXED", "BY")) i += 3;
    if (reader_.is_words(i, "NOT", "INDEXED")) i += 2;
    if (common != nullptr) {
      SPECTRADB_RETURN_IF_ERROR(bind_common_table(*common, clauses));
    } else if (!clauses.empty()) {
      if (reference != nullptr && reference->has_arguments) {
        return Status::invalid("table " + reference->name + " is given a time twice: as an argument and as a clause");
      }
      SPECTRADB_RETURN_IF_ERROR(bind(item, clauses));
      if (reference != nullptr) {
        for (const Clause& clause : clauses) reference->is_direct[static_cast<int>(clause.axis)] = true;
      }
    }
    tables.insert(tables.end(), item.begin(), item.end());
    return Status::ok();
  }

  Status read_clauses(size_t& i, size_t end, std::vector<Clause>& clauses) {
    while (starts_clause(reader_, i, end)) {
      Result<Clause> clause = read_clause(reader_, i, end);
      if (!clause) return clause.status();
      for (const Clause& earlier : clauses) {
        if (earlier.axis == clause->axis) {
          return Status::invalid(std::string("the ") + axis_words(static_cast<int>(clause->axis)) + " is given twice: '" +
                                 std::string(reader_.text(earlier.tokens)) + "' and '" + std::string(reader_.text(clause->tokens)) + "'");
        }
      }
      Tables inside;  // a subquery as a time is a query of its own
      for (const Span time : {clause->time.at, clause->time.until}) {
        for (size_t at = time.begin; at < time.end; ++at) SPECTRADB_RETURN_IF_ERROR(look_into(at, time.end, inside));
      }
      clauses.push_back(*clause);
      shape_.clauses.push_back(clause->tokens);
      i = clause->tokens.end;
    }
    return Status::ok();
  }

  Status bind(const Tables& tables, const std::vector<Clause>& clauses) {
    if (tables.empty()) {
      return Status::invalid("'" + std::string(reader_.text(clauses.front().tokens)) + "' stands in a query that reads no table");
    }
    for (const Clause& clause : clauses) {
      for (TableReference* table : tables) {
        std::optional<Time>& time = table->times[static_cast<int>(clause.axis)];
        if (!time && !table->has_arguments) time = clause.time;
      }
    }
    return Status::ok();
  }

  Status bind_common_table(CommonTable& common, const std::vector<Clause>& clauses) {
    for (const Clause& clause : clauses) {
      const auto axis = static_cast<size_t>(clause.axis);
      std::optional<Time>& time = common.times[axis];
      const bool is_same = time && time->form == clause.time.form && reader_.text(time->at) == reader_.text(clause.time.at) &&
                           reader_.text(time->until) == reader_.text(clause.time.until);
      if (time && !is_same) {
        return Status::invalid("the common table " + common.name + " is read at more than one " + axis_words(static_cast<int>(axis)) +
                               ": write the clause inside its own query, or name a common table for each time");
      }
      ++common.clauses[axis];
      time = clause.time;
      if (!common.tables.empty()) SPECTRADB_RETURN_IF_ERROR(bind(common.tables, {clause}));
    }
    return Status::ok();
  }

  // --- writes ---

  Write& new_write(Write::Kind kind, size_t& i, size_t end) {
    shape_.writes.emplace_back();
    Write& write = shape_.writes.back();
    write.kind = kind;
    write.tokens.begin = i;
    write.name = reader_.name(i++);
    if (i + 1 < end && reader_.is_operator(i, ".")) {
      write.schema = write.name;
      write.name = reader_.name(i + 1);
      i += 2;
    }
    write.tokens.end = i;
    return write;
  }

  void skip_conflict_words(size_t& i) const {
    if (reader_.is_word(i, "OR")) i += 2;
  }

  Status refuse_clause(size_t i, const Write& write) {
    Result<Clause> clause = read_clause(reader_, i, reader_.size());
    if (!clause) return clause.status();
    const std::string text(reader_.text(clause->tokens));
    if (clause->axis == Axis::kSystem) {
      return Status::invalid("the past cannot be written: '" + text + "' stands in a write to " + write.name + "; leave the clause out");
    }
    return Status::invalid("'" + text + "' stands in a write to " + write.name +
                           (write.kind == Write::Kind::kInsert ? "; say VALID FROM … TO …" : "; say FOR PORTION OF VALID_TIME FROM … TO …"));
  }

  bool starts_valid_period(size_t i) const { return reader_.is_words(i, "VALID", "FROM") || reader_.is_words(i, "VALID", "TO"); }

  Status insert(size_t i, size_t end) {
    ++i;
    skip_conflict_words(i);
    if (!reader_.is_word(i, "INTO") || !reader_.is_name(i + 1)) return Status::ok();
    ++i;
    Write& write = new_write(Write::Kind::kInsert, i, end);
    if (starts_portion(reader_, i)) return Status::invalid("FOR PORTION OF belongs to UPDATE and DELETE; an INSERT says VALID FROM … TO …");
    if (starts_clause(reader_, i, end)) return refuse_clause(i, write);
    if (reader_.is_word(i, "AS")) i += 2;
    write.columns_at = i;
    if (reader_.is_operator(i, "(")) {
      write.columns = {i, reader_.behind_parenthesis(i, end)};
      i = write.columns.end;
    }
    Tables tables;
    if (reader_.is_words(i, "DEFAULT", "VALUES")) {
      write.default_values = Span{i, i + 2};
      i += 2;
    } else if (reader_.is_word(i, "VALUES")) {
      for (++i; reader_.is_operator(i, "(") && i < end; ++i) {
        const size_t behind = reader_.behind_parenthesis(i, end);
        write.rows.push_back({i, behind});
        SPECTRADB_RETURN_IF_ERROR(parenthesis(i + 1, behind - 1, tables));
        i = behind;
        if (!reader_.is_operator(i, ",")) break;
      }
    } else if (starts_query(i)) {
      size_t query_end = i;
      while (query_end < end && !starts_valid_period(query_end) && !reader_.is_word(query_end, "RETURNING") &&
             !reader_.is_words(query_end, "ON", "CONFLICT")) {
        query_end = reader_.is_operator(query_end, "(") ? reader_.behind_parenthesis(query_end, end) : query_end + 1;
      }
      write.query = {i, query_end};
      SPECTRADB_RETURN_IF_ERROR(query(i, query_end, tables));
      i = query_end;
    }
    write.body_end = i;
    if (starts_clause(reader_, i, end)) return refuse_clause(i, write);
    if (starts_valid_period(i)) SPECTRADB_RETURN_IF_ERROR(valid_period(i, end, write));
    for (; i < end; ++i) {
      if (starts_clause(reader_, i, end)) return refuse_clause(i, write);
      SPECTRADB_RETURN_IF_ERROR(look_into(i, end, tables));
    }
    return Status::ok();
  }

  // VALID FROM a TO b, either of them optional.
  Status valid_period(size_t& i, size_t end, Write& write) {
    write.valid_clause.begin = i++;
    auto bound = [&](Span& span, const char* which) {
      span = {i + 1, reader_.behind_expression(i + 1, end)};
      i = span.end;
      return span.is_empty() ? Status::invalid(std::string("malformed VALID FROM … TO …: the ") + which + " is missing") : Status::ok();
    };
    if (reader_.is_word(i, "FROM")) SPECTRADB_RETURN_IF_ERROR(bound(write.valid_from, "start"));
    if (reader_.is_word(i, "TO")) SPECTRADB_RETURN_IF_ERROR(bound(write.valid_to, "end"));
    write.valid_clause.end = i;
    if (starts_valid_period(i)) return Status::invalid("the valid period is given twice");
    return Status::ok();
  }

  Status read_write_target(size_t& i, size_t end, Write& write) {
    for (;;) {
      if (starts_portion(reader_, i)) {
        if (write.portion) return Status::invalid("FOR PORTION OF is given twice");
        Result<Portion> portion = read_portion(reader_, i, end);
        if (!portion) return portion.status();
        write.portion = *portion;
        i = portion->tokens.end;
      } else if (starts_clause(reader_, i, end)) {
        return refuse_clause(i, write);
      } else if (reader_.is_word(i, "AS") && reader_.is_name(i + 1) && write.alias.empty()) {
        write.alias = reader_.name(i + 1);
        i += 2;
      } else {
        return Status::ok();
      }
    }
  }

  Status update_or_delete(size_t i, size_t end) {
    const bool is_update = reader_.is_word(i, "UPDATE");
    ++i;
    if (is_update) {
      skip_conflict_words(i);
    } else if (reader_.is_word(i, "FROM")) {
      ++i;
    }
    if (!reader_.is_name(i)) return Status::ok();
    Write& write = new_write(is_update ? Write::Kind::kUpdate : Write::Kind::kDelete, i, end);
    SPECTRADB_RETURN_IF_ERROR(read_write_target(i, end, write));
    Tables tables;
    write.body_end = end;
    bool in_tail = false;
    write.set_list.begin = write.set_list.end = i;
    for (; i < end; ++i) {
      if (starts_clause(reader_, i, end)) return refuse_clause(i, write);
      if (reader_.is_word(i, "FROM") && !write.where && !reader_.is_word(i - 1, "DISTINCT")) {
        if (write.set_list.end == write.set_list.begin) write.set_list.end = i;
        ++i;
        SPECTRADB_RETURN_IF_ERROR(from(i, end, tables));
        if (starts_clause(reader_, i, end)) return refuse_clause(i, write);
        --i;
        continue;
      }
      if (reader_.is_word(i, "WHERE") && !write.where) {
        write.where = i;
        if (write.set_list.end == write.set_list.begin) write.set_list.end = i;
        continue;
      }
      const bool starts_tail = reader_.is_word(i, "RETURNING") || reader_.is_words(i, "ORDER", "BY") || reader_.is_word(i, "LIMIT");
      if (starts_tail && !in_tail) {
        in_tail = true;
        write.body_end = i;
      }
      SPECTRADB_RETURN_IF_ERROR(look_into(i, end, tables));
    }
    if (write.set_list.end == write.set_list.begin) write.set_list.end = write.body_end;
    return Status::ok();
  }

  const Reader& reader_;
  Shape& shape_;
  std::vector<std::map<std::string, CommonTable*>> scopes_;
  std::vector<CommonTable*> in_own_body_;
  CommonTable* common_ = nullptr;  // what the last table_name() named
  int depth_ = 0;
};

}  // namespace

Result<Shape> read_shape(const Reader& reader, Span statement) {
  Shape shape;
  ShapeReader shape_reader(reader, shape);
  SPECTRADB_RETURN_IF_ERROR(shape_reader.statement(statement));
  SPECTRADB_RETURN_IF_ERROR(shape_reader.check_common_tables());
  return shape;
}

}  // namespace spectradb::sql
