#include "temporal/row_count.h"

#include <optional>
#include <string>

#include "lsm/base/key_order.h"
#include "lsm/store/run_reader.h"
#include "temporal/fact.h"

namespace spectradb::temporal {
namespace {

constexpr uint32_t kVersionsBetweenQuestions = 1024;  // between calls of is_interrupted

class RowCounter {
 public:
  RowCounter(lsm::VersionCursor& versions, const ReadTimes& times) : versions_(versions), times_(times) {}

  Result<RowCount> count(std::string_view lower, std::string_view upper) {
    versions_.set_all_versions(false);
    versions_.set_superseded_by(0);
    versions_.set_min_commit(0);
    versions_.set_valid_at(std::nullopt);
    versions_.seek(lower);
    PlainRows plain(*this);
    if (versions_.valid()) lsm::read_run(versions_, upper, plain);
    while (!is_interrupted_ && versions_.valid() && lsm::compare_keys(versions_.user_key(), upper) < 0)
      SPECTRADB_RETURN_IF_ERROR(resolve());
    if (is_interrupted_) return Status(Code::kInterrupted, "interrupted");
    SPECTRADB_RETURN_IF_ERROR(versions_.status());
    return counted_;
  }

 private:
  // Counts keys whose newest fact is for all time; ends at the first other one.
  class PlainRows final : public lsm::RunSink {
   public:
    explicit PlainRows(RowCounter& counter) : counter_(counter) {}
    bool take(std::string_view, std::string_view value) override {
      if (!counter_.goes_on()) return false;
      if (is_row_for_all_time(value)) {
        ++counter_.counted_.rows;
        return true;
      }
      return is_delete_for_all_time(value);
    }

   private:
    RowCounter& counter_;
  };

  bool goes_on() {
    if (++versions_seen_ % kVersionsBetweenQuestions != 0) return true;
    is_interrupted_ =
        times_.callbacks != nullptr && times_.callbacks->is_interrupted && times_.callbacks->is_interrupted();
    return !is_interrupted_;
  }
  int64_t instant() {
    if (!instant_) instant_ = times_.valid == ValidMode::kAt ? times_.at_us : times_.callbacks->now();
    return *instant_;
  }

  // Reads the facts of the key, the newest first, up to the one that holds, and leaves the key.
  Status resolve() {
    key_.assign(versions_.user_key());
    do {
      if (!goes_on()) return Status::ok();
      SPECTRADB_ASSIGN_OR_RETURN(const Fact fact, decode_fact(versions_.value()));
      const bool is_for_ever = fact.valid == Period{};
      if (!is_for_ever && !fact.valid.contains(instant())) {
        exclude(fact.valid);
        versions_.next();
        continue;
      }
      if (!is_for_ever) counted_.valid = intersect(counted_.valid, fact.valid);
      if (fact.operation == Operation::kPut) ++counted_.rows;
      versions_.next_key();
      break;
    } while (versions_.valid() && versions_.user_key() == key_);
    return versions_.valid() ? Status::ok() : versions_.status();
  }

  // At other instants this fact would decide.
  void exclude(const Period& other) {
    if (other.is_empty()) return;
    counted_.valid = intersect(counted_.valid, other.to.us <= instant() ? Period{other.to, Period{}.to}
                                                                        : Period{Period{}.from, other.from});
  }

  lsm::VersionCursor& versions_;
  const ReadTimes& times_;
  RowCount counted_;
  std::string key_;
  std::optional<int64_t> instant_;
  uint32_t versions_seen_ = 0;
  bool is_interrupted_ = false;
};

}  // namespace

Result<RowCount> count_rows(lsm::VersionCursor& versions, std::string_view lower, std::string_view upper,
                            const ReadTimes& times) {
  return RowCounter(versions, times).count(lower, upper);
}

}  // namespace spectradb::temporal
