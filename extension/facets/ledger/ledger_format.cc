#include "extension/facets/ledger/ledger_format.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "extension/host/query.h"
#include "extension/session/database.h"
#include "extension/session/formats.h"

namespace spectradb::extension::ledger {

Status need_format(Database& database, std::string_view format) {
  static constexpr std::string_view kRising[] = {kLedgerFormat, kErasedLedgerFormat, kRetiredLedgerFormat,
                                                 kValidRetiredLedgerFormat};
  SPECTRADB_ASSIGN_OR_RETURN(const std::string now, database.meta("format"));
  const auto needed = std::find(std::begin(kRising), std::end(kRising), format);
  if (std::find(needed, std::end(kRising), now) != std::end(kRising)) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(database.catalog_seal().will_change());
  Query update(database.connection().handle(),
               "UPDATE " + database.qualified("_spectradb_meta") + " SET value = ?1 WHERE name = 'format'");
  return update.bind(1, format).run();
}

}  // namespace spectradb::extension::ledger
