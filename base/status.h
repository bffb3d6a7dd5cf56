// Status and Result<T>: how every room of the project reports failure. Nothing inside throws on purpose; one
// place (extension/host/errors.h) turns a Status into an SQLite code and message. Any thread may copy or move a
// Status.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace spectradb {

enum class Code : uint8_t {
  kOk,
  kBusy,        // somebody else holds what is needed; a later try may succeed
  kIo,          // the file system reported an error
  kFull,        // no space left on the device
  kCorrupt,     // bytes on disk are not what was written; the message names file and offset
  kInvalid,     // the caller's input is wrong; the message says what and how to mend it
  kConstraint,  // a constraint of the user's table does not hold
  kReadOnly,    // a write to something that can only be read
  kMissing,     // a file or directory that must exist does not
  kNoMemory,
  kInterrupted,  // the user asked for it
  kStale,        // the plan no longer fits what it was made for: plan again
  kInternal,     // an invariant of our own does not hold (base/assert.h)
};

// One pointer wide, and null for ok, because success is returned millions of times a second.
class [[nodiscard]] Status {
 public:
  Status() = default;
  // kNoMemory has its own message and needs no memory.
  Status(Code code, std::string message) {
    if (code == Code::kNoMemory) {
      failure_.reset(&no_memory());
    } else if (code != Code::kOk) {
      failure_.reset(new Failure{code, std::move(message)});
    }
  }
  Status(const Status& other) {
    if (other.code() == Code::kNoMemory) {
      failure_.reset(&no_memory());
    } else if (!other.is_ok()) {
      failure_.reset(new Failure(*other.failure_));
    }
  }
  Status(Status&&) noexcept = default;
  Status& operator=(const Status& other) {
    if (this != &other) *this = Status(other);
    return *this;
  }
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  static Status ok() { return {}; }
  static Status busy(std::string message) { return {Code::kBusy, std::move(message)}; }
  static Status io(std::string message) { return {Code::kIo, std::move(message)}; }
  static Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }
  static Status invalid(std::string message) { return {Code::kInvalid, std::move(message)}; }
  static Status constraint(std::string message) { return {Code::kConstraint, std::move(message)}; }
  static Status read_only(std::string message) { return {Code::kReadOnly, std::move(message)}; }
  static Status missing(std::string message) { return {Code::kMissing, std::move(message)}; }

  bool is_ok() const { return failure_ == nullptr; }
  explicit operator bool() const { return is_ok(); }
  Code code() const { return is_ok() ? Code::kOk : failure_->code; }
  const std::string& message() const {  // one sentence for the user; empty when ok
    static const std::string none;
    return is_ok() ? none : failure_->message;
  }

 private:
  struct Failure {
    Code code;
    std::string message;
  };
  static const Failure& no_memory() {
    static const Failure failure{Code::kNoMemory, "out of memory"};
    return failure;
  }
  struct Release {
    void operator()(const Failure* failure) const {
      if (failure != &no_memory()) delete failure;
    }
  };

  std::unique_ptr<const Failure, Release> failure_;
};

// A value, or the Status that says why there is none. `*result` and `result->` only after `if (result)`.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT: a value is a result
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: so is a failure

  bool is_ok() const { return value_.has_value(); }
  explicit operator bool() const { return is_ok(); }
  const Status& status() const { return status_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace spectradb

// Return early with the failure of an expression of type Status.
#define SPECTRADB_RETURN_IF_ERROR(expression)                                           \
  do {                                                                                  \
    if (::spectradb::Status status_of_expression = (expression); !status_of_expression) \
      return status_of_expression;                                                      \
  } while (false)

// Declare or assign the value of an expression of type Result<T>, or return early with its failure:
// SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.last_commit());
#define SPECTRADB_ASSIGN_OR_RETURN(place, expression) \
  SPECTRADB_ASSIGN_OR_RETURN_AT(place, expression, SPECTRADB_JOIN(result_at_line_, __LINE__))
#define SPECTRADB_ASSIGN_OR_RETURN_AT(place, expression, result) \
  auto result = (expression);                                    \
  if (!(result)) return (result).status();                       \
  place = std::move(*(result))
#define SPECTRADB_JOIN(a, b) SPECTRADB_JOIN_NOW(a, b)
#define SPECTRADB_JOIN_NOW(a, b) a##b
