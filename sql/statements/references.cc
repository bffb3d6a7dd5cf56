#include "sql/statements/references.h"

#include "sql/text/tokenizer.h"

namespace spectradb::sql {

std::string with_parents(std::string_view text, const RenameParent& rename) {
  const Reader reader(text, tokenize(text));
  std::string out;
  size_t copied = 0;
  for (size_t i = 0; i + 1 < reader.size(); ++i) {
    if (!reader.is_word(i, "REFERENCES") || !reader.is_name(i + 1)) continue;
    const std::optional<std::string> name = rename(reader.name(i + 1));
    if (!name) continue;
    out.append(text, copied, reader.token(i + 1).begin - copied);
    out += *name;
    copied = reader.token(i + 1).end;
  }
  return out.append(text.substr(copied));
}

bool references_temporal(const Reader& reader, Span span, const std::string& schema, Catalog& catalog) {
  for (size_t i = span.begin; i + 1 < span.end; ++i) {
    if (reader.is_word(i, "REFERENCES") && reader.is_name(i + 1) &&
        catalog.find(schema, reader.name(i + 1)).kind == RelationKind::kTemporal)
      return true;
  }
  return false;
}

}  // namespace spectradb::sql
