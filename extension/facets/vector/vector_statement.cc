#include "extension/facets/vector/vector_statement.h"

#include "extension/facet/index_form.h"

namespace spectradb::extension {

namespace {

constexpr std::string_view kVectorIndexUsage =
    "CREATE VECTOR INDEX name ON table (column) [PARTITION BY (column, …)] [WITH (metric = cosine | l2, "
    "effort = 1.0, code = int4 | int8)]";

Result<std::optional<std::string>> rewrite_vector_index(const sql::Reader& reader, sql::Span statement,
                                                        sql::Catalog& catalog) {
  constexpr const char* kNoPartition = "PARTITION BY has columns in parentheses";
  IndexForm form(reader, statement, "VECTOR", kVectorIndexUsage);
  if (!form.is_meant()) return std::optional<std::string>();
  SPECTRADB_RETURN_IF_ERROR(form.read_beginning());
  SPECTRADB_RETURN_IF_ERROR(form.read_column());
  if (form.take_words("PARTITION", "BY"))
    SPECTRADB_RETURN_IF_ERROR(form.read_columns(kNoPartition, kNoPartition));
  SPECTRADB_RETURN_IF_ERROR(form.read_options());
  if (!form.says("code")) form.add("'code=int4'");
  form.add("'nulls=listed'");
  form.add("'centroids=int8'");
  return form.rewrite("spectradb_vector_index", catalog, "");
}

constexpr std::string_view kFirstWordsOfVectorIndexForm[] = {"CREATE"};
constexpr std::string_view kWordsOfVectorIndexForm[] = {"VECTOR"};

}  // namespace

constinit const sql::StatementForm kVectorIndexForm{kFirstWordsOfVectorIndexForm, kWordsOfVectorIndexForm,
                                                    rewrite_vector_index};

}  // namespace spectradb::extension
