// A facet with a statement of its own: TWICE 21 is SELECT spectradb_twice(21).
#include "extension/facet/facet.h"

namespace spectradb::extension {

namespace {

Result<std::optional<std::string>> rewrite_twice(const sql::Reader& reader, sql::Span statement,
                                                 sql::Catalog&) {
  if (statement.end - statement.begin < 2) return Status::invalid("TWICE needs a number, as in TWICE 21");
  return std::optional<std::string>("SELECT spectradb_twice(" +
                                    reader.joined({statement.begin + 1, statement.end}) + ")");
}

constexpr std::string_view kTwiceWords[] = {"TWICE"};
constexpr sql::StatementForm kTwice{kTwiceWords, kTwiceWords, rewrite_twice};
constexpr const sql::StatementForm* kTwiceForms[] = {&kTwice};

}  // namespace

const Facet& facet_statement() {
  static constexpr Facet kFacet{.name = "statement", .statement_forms = kTwiceForms};
  return kFacet;
}

}  // namespace spectradb::extension
