// The store's knobs: which are in force, and how they change while it is open.
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {

Knobs StoreImpl::knobs_in_force() const {
  const std::lock_guard lock(state_mutex_);
  return knobs_;
}

uint64_t StoreImpl::knob(const Knob& knob) const { return knobs_in_force().*knob.value; }

Status StoreImpl::set_knob(const Knob& knob, std::optional<uint64_t> value) {
  const uint64_t wanted = value.value_or(knob.default_value());
  SPECTRADB_RETURN_IF_ERROR(check_knob(knob, wanted));
  switch (knob.life) {
    case KnobLife::kStore:
      return keep_knob(knob, value);
    case KnobLife::kProcess:
      break;
    case KnobLife::kCreation: {
      const uint64_t chosen = this->knob(knob);
      if (wanted == chosen) return Status::ok();
      return Status::invalid(std::string(knob.name) +
                             " is chosen before a database's first temporal table is made: the store " +
                             options_.directory + " has " + std::to_string(chosen) + " " + knob.unit +
                             ", and only a new one can have " + std::to_string(wanted));
    }
  }
  const std::lock_guard lock(state_mutex_);
  knobs_.*knob.value = wanted;
  memtable_max_bytes_.store(knobs_.memtable_max_bytes, std::memory_order_relaxed);
  states_->cache().set_budget(knobs_.block_cache_bytes);
  return Status::ok();
}

Status StoreImpl::keep_knob(const Knob& knob, std::optional<uint64_t> value) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only, and keeps " +
                             knob.name);
  {
    const auto work = begin_work();
    if (!work) return work.status();
    KeptKnobs before = manifest_.knobs;
    if (value) {
      manifest_.knobs.insert_or_assign(knob.name, *value);
    } else {
      manifest_.knobs.erase(knob.name);
    }
    if (Status installed = install(files_, 0, {}); !installed) {
      manifest_.knobs = std::move(before);
      return installed;
    }
    const std::lock_guard lock(state_mutex_);
    take_kept(manifest_.knobs, options_, &knobs_);
  }
  if (options_.background) wake();  // the new value may make more merges due
  return Status::ok();
}

}  // namespace spectradb::lsm
