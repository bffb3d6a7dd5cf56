#include "temporal/sealed_versions.h"

#include <optional>
#include <string>

#include "temporal/fact.h"
#include "temporal/key_codec.h"
#include "temporal/sealed_row.h"

namespace spectradb::temporal {
namespace {

class UnsealedVersions final : public lsm::VersionCursor {
 public:
  UnsealedVersions(std::unique_ptr<lsm::VersionCursor> versions, const SealedTables& tables, Shown shown)
      : versions_(std::move(versions)), tables_(tables), shown_(shown) {}

  void seek(std::string_view user_key) override {
    begin();
    versions_->seek(user_key);
    settle();
  }
  void seek_key(std::string_view user_key) override {
    begin();
    versions_->seek_key(user_key);
    settle_in_key();
  }
  void seek_key_until(std::string_view user_key, uint64_t commit) override {
    begin();
    versions_->seek_key_until(user_key, commit);
    settle_in_key();
  }
  void seek_before(std::string_view user_key) override {
    begin();
    versions_->seek_before(user_key);
    for (std::string before; versions_->valid() && is_hidden();) {
      before.assign(versions_->user_key());
      versions_->seek_before(before);
    }
    is_open_ = false;
  }
  bool find_stretch_before(std::string_view user_key, std::string* from) override {
    return versions_->find_stretch_before(user_key, from);
  }
  // Rows that are not sealed are read as if no table were.
  lsm::NewestVersions* seek_newest(std::string_view user_key, std::string_view below) override {
    const bool is_one_table = user_key.substr(0, sizeof(uint32_t)) == below.substr(0, sizeof(uint32_t)) ||
                              below == after_prefix(user_key.substr(0, sizeof(uint32_t)));
    if (!is_one_table || tables_.has_table_of(user_key)) return nullptr;
    is_open_ = is_at_hidden_ = false;
    return versions_->seek_newest(user_key, below);
  }
  void next() override {
    versions_->next();
    settle();
  }
  void next_key() override {
    versions_->next_key();
    settle();
  }
  bool valid() const override { return !is_at_hidden_ && versions_->valid(); }
  Status status() const override { return versions_->status(); }

  std::string_view user_key() const override { return versions_->user_key(); }
  uint64_t commit() const override { return versions_->commit(); }
  uint32_t ordinal() const override { return versions_->ordinal(); }
  std::string_view value() const override {
    if (shown_ == Shown::kAsWritten || !tables_.has_table_of(versions_->user_key()))
      return versions_->value();
    if (!is_open_) open();
    return is_opened_ ? std::string_view(opened_) : versions_->value();
  }
  void set_valid_at(std::optional<lsm::ValidRange> range) override { versions_->set_valid_at(range); }
  void set_max_commit(uint64_t max_commit) override { versions_->set_max_commit(max_commit); }
  void set_all_versions(bool all_versions) override { versions_->set_all_versions(all_versions); }
  void set_superseded_by(uint64_t commit) override { versions_->set_superseded_by(commit); }
  void set_min_commit(uint64_t min_commit) override { versions_->set_min_commit(min_commit); }
  bool is_current() const override { return versions_->is_current(); }

 private:
  void begin() {
    if (keys_ == tables_.keys()) return;
    keys_ = tables_.keys();
    subject_.clear();
  }

  void settle() {
    is_open_ = false;
    is_at_hidden_ = false;
    while (versions_->valid() && is_hidden()) versions_->next_key();
  }

  // A cursor that was sought for one key ends with it.
  void settle_in_key() {
    is_open_ = false;
    is_at_hidden_ = versions_->valid() && is_hidden();
  }

  bool is_hidden() const {
    if (keys_ == nullptr || !keys_->has_dropped() || !tables_.has_table_of(versions_->user_key()))
      return false;
    to_subject();
    return keys_->is_dropped(leaf_);
  }

  void to_subject() const {
    const std::string_view subject = SubjectKeys::subject_of(versions_->user_key());
    if (!subject_.empty() && subject_ == subject) return;
    subject_.assign(subject);
    leaf_ = SubjectKeys::leaf_of(subject);
    epoch_.reset();
  }

  void open() const {
    is_open_ = true;
    is_opened_ = false;
    const std::string_view value = versions_->value();
    const Result<Fact> fact = decode_fact(value);
    if (!fact || fact->operation == Operation::kDelete || keys_ == nullptr) return;
    const std::optional<size_t> epoch = epoch_of_sealed(fact->payload);
    if (!epoch) return;
    to_subject();
    if (epoch_ != epoch) {
      epoch_ = epoch;
      key_ = keys_->key_of(leaf_, *epoch);
    }
    opened_.assign(value.substr(0, value.size() - fact->payload.size()));
    is_opened_ = key_ && unseal_row(opened_, *key_, versions_->user_key(), fact->payload);
  }

  const std::unique_ptr<lsm::VersionCursor> versions_;
  const SealedTables& tables_;
  const Shown shown_;
  std::shared_ptr<const SubjectKeys> keys_;
  bool is_at_hidden_ = false;
  // What value() found out of the version, once it is asked.
  mutable bool is_open_ = false;
  mutable bool is_opened_ = false;
  mutable std::string opened_;
  // The last subject, and its key in the last epoch that was needed.
  mutable std::string subject_;
  mutable SubjectKeys::Leaf leaf_{};
  mutable std::optional<size_t> epoch_;
  mutable std::optional<CipherKey> key_;
};

}  // namespace

bool SealedTables::has_table_of(std::string_view user_key) const {
  return user_key.size() >= sizeof(uint32_t) && ids_.find(table_id_of(user_key)) != ids_.end();
}

std::unique_ptr<lsm::VersionCursor> unsealed(std::unique_ptr<lsm::VersionCursor> versions,
                                             const SealedTables& tables, Shown shown) {
  if (tables.is_empty()) return versions;
  return std::make_unique<UnsealedVersions>(std::move(versions), tables, shown);
}

}  // namespace spectradb::temporal
