#include "temporal/valid_horizons.h"

#include <string>
#include <utility>

#include "base/assert.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"

namespace spectradb::temporal {
namespace {

class VersionsFromHorizons final : public lsm::VersionCursor {
 public:
  VersionsFromHorizons(std::unique_ptr<lsm::VersionCursor> versions, const ValidHorizons& horizons)
      : versions_(std::move(versions)), horizons_(horizons) {}

  void seek(std::string_view user_key) override {
    versions_->seek(user_key);
    settle();
  }
  void seek_key(std::string_view user_key) override {
    versions_->seek_key(user_key);
    settle();
  }
  void seek_key_until(std::string_view user_key, uint64_t commit) override {
    versions_->seek_key_until(user_key, commit);
    settle();
  }
  // A key whose facts have all ended is passed over.
  void seek_before(std::string_view user_key) override {
    for (std::string before(user_key);;) {
      versions_->seek_before(before);
      if (!versions_->valid()) return;
      before.assign(versions_->user_key());
      settle();
      if (!versions_->valid() ? !versions_->status() : versions_->user_key() == before) return;
    }
  }
  bool find_stretch_before(std::string_view user_key, std::string* from) override {
    return versions_->find_stretch_before(user_key, from);
  }
  void next() override {
    versions_->next();
    settle();
  }
  void next_key() override {
    versions_->next_key();
    settle();
  }
  bool valid() const override { return is_readable_ && versions_->valid(); }
  Status status() const override { return is_readable_ ? versions_->status() : failure_; }

  std::string_view user_key() const override { return versions_->user_key(); }
  uint64_t commit() const override { return versions_->commit(); }
  uint32_t ordinal() const override { return versions_->ordinal(); }
  std::string_view value() const override {
    if (!is_cut_) return versions_->value();
    if (cut_.empty()) {
      const Result<Fact> fact = decode_fact(versions_->value());
      SPECTRADB_ASSERT(fact);  // it was read before
      encode_fact(cut_, {{from_, fact->valid.to}, fact->operation, fact->payload});
    }
    return cut_;
  }
  void set_valid_at(std::optional<lsm::ValidRange> range) override { versions_->set_valid_at(range); }
  void set_max_commit(uint64_t max_commit) override { versions_->set_max_commit(max_commit); }
  void set_all_versions(bool all_versions) override { versions_->set_all_versions(all_versions); }
  void set_superseded_by(uint64_t commit) override { versions_->set_superseded_by(commit); }
  void set_min_commit(uint64_t min_commit) override { versions_->set_min_commit(min_commit); }
  bool is_current() const override { return versions_->is_current(); }

 private:
  // Moves to the first version from here on that shows something.
  void settle() {
    is_cut_ = false;
    is_readable_ = true;
    cut_.clear();
    for (; versions_->valid(); versions_->next()) {
      const Bound* const horizon = horizons_.of(versions_->user_key());
      if (horizon == nullptr) return;
      const Result<lsm::VersionBounds> bounds = fact_properties().bounds(versions_->value());
      if (!bounds) {
        is_readable_ = false;
        failure_ = Status(bounds.status().code(), "version " + std::to_string(versions_->ordinal()) +
                                                      " of commit " + std::to_string(versions_->commit()) +
                                                      ": " + bounds.status().message());
        return;
      }
      if (bounds->valid_to <= horizon->us) continue;
      is_cut_ = bounds->valid_from < horizon->us;
      if (is_cut_) from_ = *horizon;
      return;
    }
  }

  const std::unique_ptr<lsm::VersionCursor> versions_;
  const ValidHorizons& horizons_;
  bool is_cut_ = false;  // the version began before the horizon
  Bound from_;
  mutable std::string cut_;  // its value then, once asked for
  bool is_readable_ = true;
  Status failure_;
};

}  // namespace

void ValidHorizons::set(uint32_t table_id, const Bound& horizon) {
  if (horizon.us == kBeginningOfTime) {
    horizons_.erase(table_id);
  } else {
    horizons_[table_id] = horizon;
  }
}

const Bound* ValidHorizons::of(std::string_view user_key) const {
  if (suspensions_ > 0 || user_key.size() < sizeof(uint32_t)) return nullptr;
  const auto found = horizons_.find(table_id_of(user_key));
  return found == horizons_.end() ? nullptr : &found->second;
}

Period ValidHorizons::behind(uint32_t table_id, const Period& period) const {
  const auto found = horizons_.find(table_id);
  if (suspensions_ > 0 || found == horizons_.end() || period.from.us >= found->second.us) return period;
  return {found->second, period.to};
}

std::unique_ptr<lsm::VersionCursor> from_horizons(std::unique_ptr<lsm::VersionCursor> versions,
                                                  const ValidHorizons& horizons) {
  if (horizons.is_empty()) return versions;
  return std::make_unique<VersionsFromHorizons>(std::move(versions), horizons);
}

}  // namespace spectradb::temporal
