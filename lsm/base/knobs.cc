#include "lsm/base/knobs.h"

namespace spectradb::lsm {

const Knob* find_knob(std::string_view name) {
  for (const Knob& knob : kKnobs) {
    if (knob.name == name) return &knob;
  }
  return nullptr;
}

Status knob_out_of_range(const Knob& knob, const std::string& value) {
  return Status::invalid(std::string(knob.name) + " takes " + std::to_string(knob.min) + " to " +
                         std::to_string(knob.max) + " " + knob.unit + ", not " + value);
}

Status check_knob(const Knob& knob, uint64_t value) {
  return value < knob.min || value > knob.max ? knob_out_of_range(knob, std::to_string(value)) : Status::ok();
}

void take_kept(const KeptKnobs& kept, const Knobs& opened_with, Knobs* knobs) {
  for (const Knob& knob : kKnobs) {
    if (knob.life != KnobLife::kStore) continue;
    const auto found = kept.find(knob.name);
    knobs->*knob.value = found == kept.end() ? opened_with.*knob.value : found->second;
  }
}

}  // namespace spectradb::lsm
