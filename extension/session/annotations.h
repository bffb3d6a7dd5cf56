// Annotations of the open transaction: names and values that become part of its commits, one in each database
// in which it writes facts. They go away with the transaction, or with ROLLBACK TO: a table that keeps no
// rows takes part in the transaction to learn of that. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facet/function.h"
#include "extension/session/savepoints.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Connection;
struct Module;

struct Annotation {
  enum class Kind : uint8_t {
    kNote,    // what the user says
    kTime,    // the time of its commits, in microseconds; NULL: the clock's (session/given_time.h)
    kReplay,  // its facts are those of another database's commit (write/writer.h)
  };
  std::string name;
  temporal::Value value;  // its bytes are in `text`
  std::string text;
  Kind kind = Kind::kNote;
};

class Annotations {
 public:
  void add(std::string_view name, const temporal::Value& value, Annotation::Kind kind);
  // The notes in the order of their names, each with its last value; those set to NULL are left out.
  std::vector<const Annotation*> list() const;
  std::optional<int64_t> time_us() const;
  bool is_replay() const;
  // Moves with every change, also when all is gone.
  uint64_t version() const { return version_; }

  void clear();
  void savepoint(int level);
  void release(int level);
  void rollback_to(int level);

 private:
  std::vector<Annotation> added_;  // in order
  Savepoints<size_t> savepoints_;  // by savepoint, the number of annotations at that time
  uint64_t version_ = 0;
};

// Says something of the open transaction that is no note. kInvalid where none is open.
Status say_of_transaction(Connection& connection, Annotation::Kind kind, const temporal::Value& value);

// spectradb_annotate(name, value), and the table behind it.
std::span<const Function> annotation_functions();
std::span<const Module> annotation_modules();

}  // namespace spectradb::extension
