#include "extension/session/commit_listeners.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

namespace spectradb::extension {

namespace {

struct Listeners {
  std::mutex mutex;
  std::vector<CommitListener*> all;
  std::atomic<size_t> count = 0;  // of all, so that a commit that nobody listens to takes no lock
};

// Never destroyed: connections may be closed while the process runs its destructors.
Listeners& listeners() {
  static Listeners* all = new Listeners;
  return *all;
}

}  // namespace

std::string name_in_process(sqlite3* db, const std::string& schema) {
  const char* const file = sqlite3_db_filename(db, schema.c_str());
  if (file != nullptr && *file != '\0') return file;
  std::array<char, 32> connection{};
  std::snprintf(connection.data(), connection.size(), "%p ", static_cast<void*>(db));
  return connection.data() + schema;
}

CommitListener::CommitListener(std::string database, std::function<void(uint64_t commit)> hear)
    : database_(std::move(database)), hear_(std::move(hear)) {
  Listeners& known = listeners();
  const std::lock_guard lock(known.mutex);
  known.all.push_back(this);
  known.count.store(known.all.size(), std::memory_order_release);
}

CommitListener::~CommitListener() {
  Listeners& known = listeners();
  const std::lock_guard lock(known.mutex);
  known.all.erase(std::find(known.all.begin(), known.all.end(), this));
  known.count.store(known.all.size(), std::memory_order_release);
}

void tell_commit(sqlite3* db, const std::string& schema, uint64_t commit) {
  Listeners& known = listeners();
  if (known.count.load(std::memory_order_acquire) == 0) return;
  const std::string name = name_in_process(db, schema);
  const std::lock_guard lock(known.mutex);
  for (const CommitListener* listener : known.all)
    if (listener->database_ == name) listener->hear_(commit);
}

}  // namespace spectradb::extension
