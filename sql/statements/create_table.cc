#include "sql/statements/create_table.h"

#include "sql/shape/nested_statement.h"
#include "sql/statements/definition_literals.h"
#include "sql/statements/references.h"

namespace spectradb::sql {

namespace {

bool is_document_definition(const Reader& reader, Span list) {
  return list.end - list.begin == 6 && equals_word(reader.name(list.begin + 1), "pk") &&
         reader.is_name(list.begin + 1) && reader.kind(list.begin + 1) != TokenKind::kString &&
         equals_word(reader.name(list.begin + 2), "TEXT") &&
         reader.is_words(list.begin + 3, "PRIMARY", "KEY");
}

// Accepts WITHOUT ROWID.
size_t behind_without_rowid(const Reader& reader, size_t i) {
  const size_t first = reader.is_operator(i, ",") ? i + 1 : i;
  if (!reader.is_words(first, "WITHOUT", "ROWID")) return i;
  const bool is_list = reader.is_operator(first + 2, ",") && reader.is_word(first + 3, "WITH");
  return first + (is_list ? 3 : 2);
}

// Joins definitions, keeping the user's line breaks: object mappers read the text of a table line by line.
std::string joined_by_lines(const Reader& reader, Span definitions) {
  std::string out;
  for (Span line{definitions.begin, definitions.begin}; line.begin < definitions.end; line.begin = line.end) {
    do {
      ++line.end;
    } while (line.end < definitions.end &&
             !(reader.is_operator(line.end - 1, ",") &&
               reader.text(Span{line.end - 1, line.end + 1}).find('\n') != std::string_view::npos));
    out += (out.empty() ? "" : "\n") + reader.joined(line);
  }
  return out;
}

bool names_word(const Reader& reader, Span span, std::string_view word) {
  for (size_t i = span.begin; i < span.end; ++i) {
    if (reader.is_word(i, word)) return true;
  }
  return false;
}

constexpr std::string_view kWithoutRowid = "rowid = none";

// The options of a table that another one continues, with what the new one says of its rowid.
std::string with_rowid_of(std::string_view options, bool is_without_rowid) {
  const Reader reader(options, tokenize(options));
  std::string text;
  for (Span option{0, 0}; option.begin < reader.size(); option.begin = option.end + 1) {
    option.end = option.begin;
    while (option.end < reader.size() && !reader.is_operator(option.end, ",")) ++option.end;
    if (!option.is_empty() && !reader.is_word(option.begin, "rowid"))
      text.append(", ").append(reader.text(option));
  }
  return is_without_rowid ? text.append(", ").append(kWithoutRowid) : text;
}

Status no_strict(std::string_view table) {
  return Status::invalid(
      "CREATE TABLE " + std::string(table) +
      ": temporal tables cannot be STRICT; say CHECK (typeof(a) = 'integer') where a type matters");
}

bool names_primary_key(const Reader& reader, Span span) {
  for (size_t i = span.begin; i < span.end; ++i) {
    if (reader.is_words(i, "PRIMARY", "KEY")) return true;
  }
  return false;
}

bool names_versioning(const Reader& reader, Span span) {
  for (size_t i = span.begin; i < span.end; ++i) {
    if (reader.is_word(i, "WITH") && reader.is_words(i + 1, "SYSTEM", "VERSIONING")) return true;
  }
  return false;
}

// Whether WITH (option … stands there, with an option of ours: other systems have others there.
bool begins_options(const Reader& reader, size_t i) {
  constexpr std::string_view kOptions[] = {"on_insert", "valid_default", "valid_form", "definition",
                                           "erase_by"};
  return reader.is_word(i, "WITH") && reader.is_operator(i + 1, "(") && reader.is_any_word(i + 2, kOptions);
}

Result<std::optional<std::string>> rewrite_create_table(const Reader& reader, Span statement,
                                                        Catalog& catalog) {
  size_t i = statement.begin + 1;
  const bool is_temp = reader.is_word(i, "TEMP") || reader.is_word(i, "TEMPORARY");
  if (is_temp) ++i;
  if (!reader.is_word(i, "TABLE")) return std::optional<std::string>();
  ++i;
  const bool if_not_exists = reader.is_word(i, "IF") && reader.is_words(i + 1, "NOT", "EXISTS");
  if (if_not_exists) i += 3;
  if (!reader.is_name(i)) return std::optional<std::string>();
  Span name{i, i + 1};
  if (reader.is_operator(i + 1, ".") && reader.is_name(i + 2)) name.end = i + 3;
  i = name.end;
  if (!reader.is_operator(i, "(")) {
    if (!names_versioning(reader, {i, statement.end})) return std::optional<std::string>();
    return Status::invalid(
        "CREATE TABLE " + std::string(reader.text(name)) +
        " … WITH SYSTEM VERSIONING needs a column list; fill the table with INSERT … SELECT afterwards");
  }
  const Span list{i, reader.behind_parenthesis(i, statement.end)};
  i = list.end;
  std::string options;
  const size_t behind_rowid = behind_without_rowid(reader, i);
  const bool is_versioned =
      reader.is_word(behind_rowid, "WITH") && reader.is_words(behind_rowid + 1, "SYSTEM", "VERSIONING");
  if (is_versioned) {
    bool is_without_rowid = behind_rowid != i;
    i = behind_rowid + 3;
    if (reader.is_word(i, "WITH") && reader.is_operator(i + 1, "(")) ++i;  // as indexes have their options
    if (reader.is_operator(i, "(")) {
      const Span given{i + 1, reader.behind_parenthesis(i, statement.end) - 1};
      if (!given.is_empty()) options = ", " + reader.joined(given);
      i = given.end + 1;
    }
    const size_t behind_options = i;
    i = behind_without_rowid(reader, i);
    is_without_rowid = is_without_rowid || i != behind_options;
    if (is_without_rowid && !names_primary_key(reader, list))  // SQLite's own words
      return Status::invalid("PRIMARY KEY missing on table " + reader.name(name.end - 1));
    if (is_without_rowid) options = with_rowid_of(options, true);
    if (names_word(reader, {i, statement.end}, "STRICT")) return no_strict(reader.text(name));
    if (i < statement.end) {
      return Status::invalid("CREATE TABLE " + std::string(reader.text(name)) + ": '" +
                             std::string(reader.text(Span{i, statement.end})) +
                             "' behind WITH SYSTEM VERSIONING is not an option; options are written WITH "
                             "SYSTEM VERSIONING (on_insert = append)");
    }
    if (list.end - list.begin <= 2)
      return Status::invalid("table " + std::string(reader.text(name)) + " has no columns");
  } else if (names_versioning(reader, {i, statement.end})) {
    if (names_word(reader, {i, statement.end}, "STRICT")) return no_strict(reader.text(name));
    return Status::invalid("CREATE TABLE " + std::string(reader.text(name)) +
                           ": WITH SYSTEM VERSIONING stands directly behind the column list, not behind '" +
                           std::string(reader.text(i)) + "'");
  } else if (begins_options(reader, behind_rowid)) {
    const std::string given(reader.text(Span{behind_rowid + 1, statement.end}));
    return Status::invalid("CREATE TABLE " + std::string(reader.text(name)) +
                           ": options are those of a temporal table: say WITH SYSTEM VERSIONING " + given);
  } else if (i < statement.end || !is_document_definition(reader, list)) {
    const bool is_qualified = name.end > name.begin + 1;
    const std::string schema = is_qualified ? reader.name(name.begin) : is_temp ? "temp" : "main";
    const std::optional<DroppedRelation> dropped = catalog.find_dropped(schema, reader.name(name.end - 1));
    if (!dropped && references_temporal(reader, list, schema, catalog))
      return std::optional<std::string>("SELECT 1 WHERE spectradb_alter(" +
                                        string_literal(reader.text(statement)) + ")");
    if (!dropped) return std::optional<std::string>();
    if (names_word(reader, {i, statement.end}, "STRICT")) return no_strict(reader.text(name));
    if (behind_rowid != statement.end) return std::optional<std::string>();  // SQLite reports what is wrong
    options = with_rowid_of(dropped->options, behind_rowid != i);
  }
  if (is_temp && name.end > name.begin + 1 && !equals_word(reader.name(name.begin), "temp")) {
    return Status::invalid("temporary table name must be unqualified");  // SQLite's own words
  }
  std::string text = "CREATE VIRTUAL TABLE ";
  if (if_not_exists) text += "IF NOT EXISTS ";
  if (is_temp && name.end == name.begin + 1) text += "temp.";
  text += reader.text(name);
  const Span definitions{list.begin + 1, list.end - 1};
  text += " USING spectradb(" +
          (wants_literals(options) ? definitions_as_literals(reader.text(definitions))
                                   : joined_by_lines(reader, definitions)) +
          options + ")";
  return std::optional<std::string>(text);
}

constexpr std::string_view kFirstWordsOfCreateTableForm[] = {"CREATE"};
constexpr std::string_view kWordsOfCreateTableForm[] = {"TABLE"};

}  // namespace

std::string options_of_successor(std::string_view options, bool is_without_rowid) {
  const std::string text = with_rowid_of(options, is_without_rowid);
  constexpr size_t kComma = 2;  // ", "
  return text.empty() ? text : text.substr(kComma);
}

constinit const StatementForm kCreateTableForm{kFirstWordsOfCreateTableForm, kWordsOfCreateTableForm,
                                               rewrite_create_table};

bool is_document_text(std::string_view create_table) {
  const Reader reader(create_table, tokenize(create_table));
  size_t open = 0;
  while (open < reader.size() && !reader.is_operator(open, "(")) ++open;
  const Span list{open, reader.behind_parenthesis(open, reader.size())};
  return reader.is_sound() && list.end == reader.size() && is_document_definition(reader, list);
}

std::optional<std::string> column_list(std::string_view create_table) {
  const Reader reader(create_table, tokenize(create_table));
  size_t open = 0;
  while (open < reader.size() && !reader.is_operator(open, "(")) ++open;
  const size_t behind = reader.behind_parenthesis(open, reader.size());
  if (behind <= open || !reader.is_operator(behind - 1, ")")) return std::nullopt;
  return joined_by_lines(reader, {open + 1, behind - 1});
}

}  // namespace spectradb::sql
