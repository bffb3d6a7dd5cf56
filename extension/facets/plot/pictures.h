// Draws the pictures. One thread.
#pragma once

#include "extension/facet/function.h"

namespace spectradb::extension::plot {

inline constexpr const char* kPlot = "spectradb_plot";
inline constexpr const char* kTimeline = "spectradb_timeline";
inline constexpr const char* kAuditPicture = "spectradb_audit_svg";

Status plot(const FunctionCall& call);           // spectradb_plot(table, key [, options])
Status timeline(const FunctionCall& call);       // spectradb_timeline(table [, keys [, time [, options]]])
Status audit_picture(const FunctionCall& call);  // spectradb_audit_svg(table [, from [, to [, options]]])

inline constexpr double kSide = 168;  // the width left of the axis
inline constexpr double kRightEdge = 28;
inline constexpr double kHead = 52;  // the height above the picture
inline constexpr double kTitleLeft = 12;
inline constexpr double kTitleLine = 22;
inline constexpr double kNoteLine = 40;
inline constexpr double kSideGap = 10;
inline constexpr double kSideAscent = 4;

}  // namespace spectradb::extension::plot
