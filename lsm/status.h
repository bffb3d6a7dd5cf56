// Status and Result<T>: how every room of the project reports failure. Nothing inside throws on purpose; one
// place (extension/errors.h) turns a Status into an SQLite code and message. Any thread may copy or move a
// Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace spectradb {

enum class Code : uint8_t {
  kOk,
  kBusy,        // somebody else holds what is needed; trying again later may succeed
  kIo,          // the file system said no
  kFull,        // no space left on the device
  kCorrupt,     // bytes on disk are not what was written; the message names file and offset
  kInvalid,     // the caller's input is wrong; the message says what and how to mend it
  kConstraint,  // a constraint of the user's table does not hold
  kReadOnly,    // a write to something that can only be read
  kMissing,     // a file or directory that must exist does not
  kNoMemory,
  kInterrupted,  // the user asked for it
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status ok() { return {}; }
  static Status busy(std::string message) { return {Code::kBusy, std::move(message)}; }
  static Status io(std::string message) { return {Code::kIo, std::move(message)}; }
  static Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }
  static Status invalid(std::string message) { return {Code::kInvalid, std::move(message)}; }
  static Status constraint(std::string message) { return {Code::kConstraint, std::move(message)}; }
  static Status read_only(std::string message) { return {Code::kReadOnly, std::move(message)}; }
  static Status missing(std::string message) { return {Code::kMissing, std::move(message)}; }

  bool is_ok() const { return code_ == Code::kOk; }
  explicit operator bool() const { return is_ok(); }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;  // one sentence for the user; empty when ok
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
