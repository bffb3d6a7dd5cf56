#include "extension/facets/text/text_statement.h"

#include "extension/facet/index_form.h"

namespace spectradb::extension {

namespace {

constexpr std::string_view kTextIndexUsage =
    "CREATE FULLTEXT INDEX name ON table (column, …) [WITH (tokenizer = 'porter unicode61', prefix = '2 3')]";

Result<std::optional<std::string>> rewrite_text_index(const sql::Reader& reader, sql::Span statement,
                                                      sql::Catalog& catalog) {
  IndexForm form(reader, statement, "FULLTEXT", kTextIndexUsage);
  if (!form.is_meant()) return std::optional<std::string>();
  SPECTRADB_RETURN_IF_ERROR(form.read_beginning());
  SPECTRADB_RETURN_IF_ERROR(form.read_columns("CREATE FULLTEXT INDEX has columns in parentheses",
                                              "CREATE FULLTEXT INDEX is on columns"));
  SPECTRADB_RETURN_IF_ERROR(form.read_options());
  return form.rewrite("spectradb_fulltext_index", catalog, ", or use FTS5");
}

constexpr std::string_view kFirstWordsOfTextIndexForm[] = {"CREATE"};
constexpr std::string_view kWordsOfTextIndexForm[] = {"FULLTEXT"};

}  // namespace

constinit const sql::StatementForm kTextIndexForm{kFirstWordsOfTextIndexForm, kWordsOfTextIndexForm,
                                                  rewrite_text_index};

}  // namespace spectradb::extension
