// Notes on commits that exist already.
#include "extension/facet/facet.h"

#include "extension/facets/later_notes/later_notes.h"

namespace spectradb::extension {

namespace {

constexpr Function kLaterNotesFunctions[] = {{.name = "spectradb_annotate",
                                              .argument_count = 3,
                                              .flags = SQLITE_DIRECTONLY,
                                              .call = later_notes::annotate_commit,
                                              .effect = Function::Effect::kWritesRows},
                                             {.name = "spectradb_annotate",
                                              .argument_count = 4,
                                              .flags = SQLITE_DIRECTONLY,
                                              .call = later_notes::annotate_commit,
                                              .effect = Function::Effect::kWritesRows}};

}  // namespace

const Facet& facet_later_notes() {
  static constexpr Facet kFacet{.name = "later_notes", .functions = kLaterNotesFunctions};
  return kFacet;
}

}  // namespace spectradb::extension
