// The times at which a connection reads when a statement gives none: spectradb_as_of() and
// spectradb_valid_at(). They apply only to reads through SQL: what a write looks up itself is always the
// present. One thread.
#pragma once

#include <span>
#include <string>

#include "base/status.h"
#include "extension/facet/function.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Connection;

// The time of one axis: as it was given, or NULL.
class SessionTime {
 public:
  void set(const temporal::Value& value) {
    text_.assign(value.bytes);
    value_ = value;
  }
  bool is_set() const { return !value_.is_null(); }
  temporal::Value value() const {  // its bytes live until the next set()
    temporal::Value value = value_;
    value.bytes = text_;
    return value;
  }

 private:
  temporal::Value value_;
  std::string text_;
};

struct SessionTimes {  // a part of the connection
  SessionTime as_of;
  SessionTime valid_at;
};

// kInvalid while the connection reads at a system time that it has set: the past cannot be written.
Status check_session_writes(Connection& connection);

// The functions spectradb_as_of([time]) and spectradb_valid_at([time]).
std::span<const Function> session_time_functions();

}  // namespace spectradb::extension
