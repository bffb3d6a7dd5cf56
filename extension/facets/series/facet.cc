// Time series have buckets and grids of time, and aggregates over readings.
#include "extension/facet/facet.h"

#include "extension/facets/series/series_functions.h"
#include "extension/facets/series/series_table.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kSeriesHelp[] = {
    {"spectradb_bucket", kFunction, "spectradb_bucket(width, time [, origin [, zone]])",
     "The start of the bucket of time that a time is in: '15 minutes', '1 day', '1 month'. Weeks start on "
     "Mondays; days and "
     "longer ones follow the clocks of the zone.",
     "SELECT spectradb_bucket('15 minutes', '2026-03-01 10:37');"},
    {"spectradb_series", kTable, "spectradb_series(from, to, width [, zone])",
     "A grid of time: the rows at, until for from, from + width, … before to.",
     "SELECT at FROM spectradb_series('2026-01-31', '2026-05-01', '1 month');"},
    {"spectradb_first", kAggregate, "spectradb_first(value, time)",
     "The value of the earliest time of a group, also if it is NULL.",
     "SELECT spectradb_first(column1, column2) FROM (VALUES (20.5, '2026-03-01'), (21.0, '2026-03-02'));"},
    {"spectradb_last", kAggregate, "spectradb_last(value, time)",
     "The value of the latest time of a group, also if it is NULL.",
     "SELECT spectradb_last(column1, column2) FROM (VALUES (20.5, '2026-03-01'), (21.0, '2026-03-02'));"},
    {"spectradb_rate", kAggregate, "spectradb_rate(counter, time)",
     "How much a counter grew in a second, on the mean of a group; where it fell it was reset to 0.",
     "SELECT spectradb_rate(column1, column2) FROM (VALUES (10, '2026-03-01 10:00'), (70, '2026-03-01 "
     "10:01'));"},
    {"spectradb_interpolate", kAggregate, "spectradb_interpolate(time, value, at)",
     "The value at a time on the straight line between the readings before and behind it; NULL outside them.",
     "SELECT spectradb_interpolate(column1, column2, '2026-03-01 10:15') FROM (VALUES ('2026-03-01 10:00', "
     "1), "
     "('2026-03-01 11:00', 2));"},
    {"spectradb_twa", kAggregate, "spectradb_twa(value, from, to)",
     "The mean of values, each weighted by how long it was true.",
     "SELECT spectradb_twa(column1, column2, column3) FROM (VALUES (1, '2026-03-01', '2026-03-02'), (4, "
     "'2026-03-02', "
     "'2026-03-04'));"},
};

}  // namespace

const Facet& facet_series() {
  static const TableFunction* const tables[] = {&series::kSeriesTable};
  static const Facet facet{.name = "series",
                           .functions = series::series_functions(),
                           .table_functions = tables,
                           .help = kSeriesHelp};
  return facet;
}

}  // namespace spectradb::extension
