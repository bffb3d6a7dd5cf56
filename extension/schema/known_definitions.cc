#include "extension/schema/known_definitions.h"

#include <map>
#include <memory>
#include <mutex>

namespace spectradb::extension {

namespace {

constexpr size_t kMostKnown = 500;           // a kilobyte or two each
constexpr size_t kMostBytesOfText = 10'000;  // of one

struct KnownDefinitions {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Definition>, std::less<>> by_text;
};

// Never destroyed: connections may be closed while the process runs its destructors.
KnownDefinitions& known_definitions() {
  static auto* const all = new KnownDefinitions;
  return *all;
}

// Tells texts apart whatever bytes they have.
std::string text_of(const std::string& table_name, const std::vector<std::string>& arguments) {
  std::string text = std::to_string(table_name.size()) + ':' + table_name;
  for (const std::string& argument : arguments) text += std::to_string(argument.size()) + ':' + argument;
  return text;
}

// Whether nothing but the text says what it means: what CHECK constraints and generated columns call is the
// connection's.
bool says_all(const Definition& definition) {
  return !definition.needs_judge && definition.missing_function.empty() && definition.checked_columns.empty();
}

}  // namespace

// The lock is only tried: in a forked child, a thread that the child has not got may hold it forever.
Result<Definition> known_definition(const std::string& table_name, const std::vector<std::string>& arguments,
                                    sqlite3* host) {
  KnownDefinitions& all = known_definitions();
  const std::string text = text_of(table_name, arguments);
  std::shared_ptr<const Definition> known;
  if (const std::unique_lock lock(all.mutex, std::try_to_lock); lock.owns_lock()) {
    if (const auto found = all.by_text.find(text); found != all.by_text.end()) known = found->second;
  }
  if (known != nullptr) {
    Definition definition = *known;
    definition.host = host;
    return definition;
  }
  Result<Definition> read = read_definition(table_name, arguments, host);
  if (!read || !says_all(*read) || text.size() > kMostBytesOfText) return read;
  auto kept = std::make_shared<Definition>(*read);
  kept->host = nullptr;
  if (const std::unique_lock lock(all.mutex, std::try_to_lock); lock.owns_lock()) {
    if (all.by_text.size() >= kMostKnown) all.by_text.clear();
    all.by_text.emplace(text, std::move(kept));
  }
  return read;
}

}  // namespace spectradb::extension
