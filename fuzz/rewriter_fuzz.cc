// Feeds the rewriter: it ends, and it can read the text that it makes.
#include "fuzz/sql_seeds.h"
#include "fuzz/target.h"
#include "sql/rewriter.h"
#include "sql/shape/insert_target.h"
#include "sql/testing/fake_catalog.h"
#include "sql/text/reader.h"

namespace spectradb::fuzz {

std::vector<std::string> seeds() { return sql_seeds(); }

void feed(std::string_view input) {
  sql::FakeCatalog catalog;
  const bool may_be_temporal = sql::may_be_temporal(input);
  const auto rewritten = sql::rewrite_statement(input, catalog);
  if (!rewritten) {
    must(!rewritten.status().message().empty(), "an error says what is wrong");
  } else {
    must(rewritten->consumed <= input.size(), "a statement ends inside the text");
    must(may_be_temporal || !rewritten->changed, "what cannot be temporal stays as it is");
    if (rewritten->changed)
      must(sql::Reader(rewritten->text, sql::tokenize(rewritten->text)).is_sound(), "the new text is sound");
  }
  (void)sql::rewrite_script(input, catalog);
  (void)sql::insert_target(input);
}

}  // namespace spectradb::fuzz
