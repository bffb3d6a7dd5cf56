#include "extension/schema/erase_by.h"

#include <algorithm>

#include "temporal/cipher.h"
#include "temporal/erase_by_option.h"

namespace spectradb::extension {

namespace {

std::string option_of_table(const Definition& definition) {
  return "table " + definition.schema.name + " has erase_by = " + temporal::erase_by_of(definition.options);
}

}  // namespace

bool is_sealed(const Definition& definition) { return !temporal::erase_by_of(definition.options).empty(); }

Status check_erase_by(const Definition& definition) {
  if (!is_sealed(definition)) return Status::ok();
  if (!temporal::has_cipher())
    return Status::invalid(
        option_of_table(definition) +
        ", but this build of SpectraDB has no cipher: build it with Mbed TLS (libmbedtls-dev)");
  const temporal::TableSchema& schema = definition.schema;
  const std::string wanted = temporal::erase_by_of(definition.options);
  const bool is_key = !schema.key_columns.empty() &&
                      sqlite3_stricmp(schema.columns[static_cast<size_t>(schema.key_columns[0])].name.c_str(),
                                      wanted.c_str()) == 0;
  if (!is_key)
    return Status::invalid(
        option_of_table(definition) +
        ", which has to be the first column of its PRIMARY KEY: rows are found by whom they are "
        "about, such as PRIMARY KEY (" +
        wanted + ", no)");
  const bool is_unique =
      std::any_of(definition.unique_constraints.begin(), definition.unique_constraints.end(),
                  [](const UniqueConstraint& constraint) { return !constraint.is_primary; });
  if (is_unique)
    return Status::invalid(
        option_of_table(definition) +
        ", so its values are encrypted, and UNIQUE would keep them in an index that is not: leave "
        "it out, or make what is unique the PRIMARY KEY");
  if (!definition.foreign_keys.empty())
    return Status::invalid(
        option_of_table(definition) +
        ", so its values are encrypted, and a foreign key would keep them where they are not: "
        "leave REFERENCES out");
  return Status::ok();
}

Status check_erase_by_has_no_index(const Definition& definition, std::string_view index) {
  if (!is_sealed(definition)) return Status::ok();
  return Status::invalid(
      "index " + std::string(index) + " cannot be made: " + option_of_table(definition) +
      ", so its values are encrypted, and an index would keep them where they are not. What "
      "is to be found has to be in the PRIMARY KEY, or in a table of its own");
}

Status check_erase_by_is_not_rebuilt(const Definition& before, const Definition& after) {
  if (!is_sealed(before) && !is_sealed(after)) return Status::ok();
  return Status::invalid(
      option_of_table(is_sealed(before) ? before : after) +
      ", so its rows are encrypted by their keys, and no other definition can go on with its "
      "history: say ALTER TABLE, or DROP TABLE " +
      before.schema.name + " in a transaction of its own if the history shall go");
}

}  // namespace spectradb::extension
