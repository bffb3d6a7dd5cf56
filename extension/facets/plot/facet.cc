// Draws pictures of what a table says, as SVG.
#include "extension/facet/facet.h"

#include "extension/facets/plot/pictures.h"

namespace spectradb::extension {

namespace {

constexpr Function kPlotFunctions[] = {{plot::kPlot, 2, SQLITE_INNOCUOUS, plot::plot},
                                       {plot::kPlot, 3, SQLITE_INNOCUOUS, plot::plot},
                                       {plot::kTimeline, -1, SQLITE_INNOCUOUS, plot::timeline},
                                       {plot::kAuditPicture, -1, SQLITE_DIRECTONLY, plot::audit_picture}};

constexpr Help kPlotHelp[] = {
    {"spectradb_plot", Help::Kind::kFunction, "spectradb_plot(table, key [, options])",
     "The history of one key as an SVG picture: valid time from left to right, commits upwards, and a "
     "labelled region "
     "for each fact.",
     "SELECT spectradb_plot('prices', key) FROM spectradb_history('prices') LIMIT 1;"},
    {"spectradb_timeline", Help::Kind::kFunction, "spectradb_timeline(table [, keys [, time [, options]]])",
     "Some or the first keys of a table over valid time, as a system time shows them, as an SVG picture.",
     "SELECT spectradb_timeline('prices');"},
    {plot::kAuditPicture, Help::Kind::kFunction, "spectradb_audit_svg(table [, from [, to [, options]]])",
     "What spectradb_audit() tells, as an SVG picture: how many rows were inserted, updated and deleted over "
     "time, and how late what was recorded late came.",
     "SELECT spectradb_audit_svg('prices');"},
};

}  // namespace

const Facet& facet_plot() {
  static constexpr Facet kFacet{.name = "plot", .functions = kPlotFunctions, .help = kPlotHelp};
  return kFacet;
}

}  // namespace spectradb::extension
