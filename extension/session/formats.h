// What _spectradb_meta calls the format of a database's tables (docs/format.md).
#pragma once

#include <string_view>

namespace spectradb::extension {

inline constexpr std::string_view kFormat = "3";
inline constexpr std::string_view kFormatWithoutSeals = "2";
inline constexpr std::string_view kRowsFormat = "4";  // of databases that hold their own store
// Of databases that keep a ledger, whatever the storage: releases that do not know it would leave out commits.
inline constexpr std::string_view kLedgerFormat = "5";
// Of those some of whose facts were erased since: releases that do not know it would miss salts.
inline constexpr std::string_view kErasedLedgerFormat = "6";
// Of those some of whose facts were retired since: releases that do not know it would miss facts.
inline constexpr std::string_view kRetiredLedgerFormat = "7";
// Of those of which something was retired by valid time: releases that do not know it would miss the acts.
inline constexpr std::string_view kValidRetiredLedgerFormat = "8";

inline bool keeps_ledger(std::string_view format) {
  return format == kLedgerFormat || format == kErasedLedgerFormat || format == kRetiredLedgerFormat ||
         format == kValidRetiredLedgerFormat;
}

}  // namespace spectradb::extension
