// The knobs of a database's store, and of one that is still to be made.
#include "extension/session/database.h"
#include "extension/session/shown_store.h"

namespace spectradb::extension {

namespace {

// By name of the open database: the knobs that its store will have when its first temporal table makes one.
struct KnobsOfNewStores {
  std::map<std::string, lsm::KeptKnobs, std::less<>> by_name;
};

}  // namespace

lsm::Knobs Database::knobs_of_new_store(lsm::Knobs knobs) const {
  const auto& all = connection_.part<KnobsOfNewStores>().by_name;
  const auto found = all.find(name_of_open_database(connection_.handle(), schema_));
  if (found == all.end()) return knobs;
  const lsm::KeptKnobs& chosen = found->second;
  for (const lsm::Knob& knob : lsm::kKnobs) {
    if (const auto value = chosen.find(knob.name); value != chosen.end()) knobs.*knob.value = value->second;
  }
  return knobs;
}

// Also sets them for a store that existed already: one whose CREATE TABLE was rolled back.
Status Database::turn_knobs(lsm::Store& store) {
  const std::string database = name_of_open_database(connection_.handle(), schema_);
  for (const auto& [name, value] : connection_.part<KnobsOfNewStores>().by_name[database])
    SPECTRADB_RETURN_IF_ERROR(store.set_knob(*lsm::find_knob(name), value));
  return Status::ok();
}

Result<uint64_t> Database::knob(const lsm::Knob& knob) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_store());
  if (!there) return (makes_rows() ? knobs_of_rows() : knobs_of_new_store()).*knob.value;
  SPECTRADB_ASSIGN_OR_RETURN(auto* open, shown_store(*this));
  return open->knob(knob);
}

Status Database::set_knob(const lsm::Knob& knob, std::optional<uint64_t> value) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_store());
  if (there) {
    Result<lsm::Store*> open = store();
    if (!open) return open.status();
    if (knob.life != lsm::KnobLife::kStore) return (*open)->set_knob(knob, value);
    return work_on_store([&](lsm::Store& store) { return store.set_knob(knob, value); });
  }
  if (value) SPECTRADB_RETURN_IF_ERROR(lsm::check_knob(knob, *value));
  const std::string database = name_of_open_database(connection_.handle(), schema_);
  lsm::KeptKnobs& chosen = connection_.part<KnobsOfNewStores>().by_name[database];
  if (value) {
    chosen.insert_or_assign(knob.name, *value);
  } else {
    chosen.erase(knob.name);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
