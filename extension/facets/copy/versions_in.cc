#include "extension/facets/copy/versions_in.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "extension/host/setting.h"
#include "extension/host/values.h"
#include "extension/session/annotations.h"
#include "extension/session/database.h"
#include "extension/session/given_time.h"
#include "temporal/instant.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

constexpr size_t kVersionsBetweenQuestions = 512;
constexpr size_t kSetAsideBytes = 4096;  // below, a cell is no larger than what is kept of its version anyway

}  // namespace

Status VersionsIn::named(const Status& status, int64_t line) const {
  if (status) return status;
  return {status.code(), status.message() + "; COPY " + statement_.table + ", line " + std::to_string(line)};
}

int VersionsIn::place_of(const std::string& name) const {
  for (size_t i = 0; i < target_.columns.size(); ++i)
    if (sqlite3_stricmp(target_.columns[i].name.c_str(), name.c_str()) == 0) return static_cast<int>(i);
  return -1;
}

Status VersionsIn::open() {
  if (sqlite3_get_autocommit(connection_.handle()) == 0)
    return Status::invalid(
        "COPY: SYSTEM_FROM makes commits, and a transaction is open: COMMIT or ROLLBACK first");
  SPECTRADB_ASSIGN_OR_RETURN(target_, find_target(connection_, statement_));
  const CopyOptions& options = statement_.options;
  from_place_ = place_of(options.system_from);
  to_place_ = options.system_to.empty() ? -1 : place_of(options.system_to);
  if (from_place_ < 0 || (to_place_ < 0 && !options.system_to.empty()))
    return Status::invalid("COPY: the list of columns lacks " +
                           (from_place_ < 0 ? options.system_from : options.system_to));
  SPECTRADB_RETURN_IF_ERROR(find_key());
  return open_file();
}

Status VersionsIn::find_key() {
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(connection_, Value::text(statement_.table), target_.schema, "COPY"));
  database_ = table.database;
  if (table.schema.key_columns.empty())
    return Status::invalid("COPY: table " + table.schema.name +
                           " has no PRIMARY KEY, which says which versions are those of one row");
  for (const int column : table.schema.key_columns) {
    const temporal::Column& key = table.schema.columns[static_cast<size_t>(column)];
    key_places_.push_back(place_of(key.name));
    key_collations_.push_back(key.collation);
    if (key_places_.back() < 0)
      return Status::invalid("COPY: the list of columns lacks " + key.name + ", which is of the PRIMARY KEY");
  }
  make_statements(quoted(target_.schema) + "." + quoted(table.schema.name));
  return Status::ok();
}

// Parameters have the places of the file's columns. A table of keys alone has nothing to update.
void VersionsIn::make_statements(const std::string& table) {
  std::string set;
  std::string where;
  for (size_t i = 0; i < target_.columns.size(); ++i) {
    const auto place = static_cast<int>(i);
    if (place == from_place_ || place == to_place_) continue;
    const bool is_key = std::count(key_places_.begin(), key_places_.end(), place) > 0;
    std::string& list = is_key ? where : set;
    if (!list.empty()) list += is_key ? " AND " : ", ";
    list += quoted(target_.columns[i].name) + " = ?" + std::to_string(place + 1);
  }
  if (!set.empty()) update_text_ = "UPDATE OR ABORT " + table + " SET " + set + " WHERE " + where;
  delete_text_ = "DELETE FROM " + table + " WHERE " + where;
}

Status VersionsIn::open_file() {
  SPECTRADB_ASSIGN_OR_RETURN(OpenFile file, open_to_read(connection_, statement_.file));
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                             make_source(std::move(file), statement_.options.compression, statement_.file));
  reader_ = RecordReader::make(std::move(source), statement_.options);
  if (statement_.options.header == CopyOptions::Header::kNone) return Status::ok();
  Record record;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, reader_->next(record));
  if (!there || statement_.options.header != CopyOptions::Header::kMatch) return Status::ok();
  return check_header_names(target_, record);
}

Result<VersionsIn::Version> VersionsIn::take(const Record& record) {
  if (!record.problem.empty()) return Status::invalid(record.problem);
  const bool is_named = statement_.options.format == CopyOptions::Format::kJsonLines;
  if (!is_named && record.fields.size() != target_.columns.size())
    return Status::invalid("the row has " + std::to_string(record.fields.size()) + " columns, not " +
                           std::to_string(target_.columns.size()));
  Version version;
  version.line = record.line;
  version.cells.assign(target_.columns.size(), Value::null());
  std::string made;
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const int place = is_named ? place_of(record.names[i]) : static_cast<int>(i);
    if (place < 0) return Status::invalid(problem_of_name(target_, record.names[i]));
    const TargetColumn& column = target_.columns[static_cast<size_t>(place)];
    Value value = record.fields[i];
    if (!convert_cell(column, value, made))
      return Status::invalid("invalid input syntax for type " + column.declared_type + ": " + spelled(value) +
                             " in column " + column.name);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_aside, set_aside(version, static_cast<size_t>(place), value));
    if (!is_aside && !value.bytes.empty()) value.bytes = bytes_.emplace_back(value.bytes);
    version.cells[static_cast<size_t>(place)] = is_aside ? Value{value.type, 0, 0, {}} : value;
  }
  SPECTRADB_RETURN_IF_ERROR(take_times(version));
  SPECTRADB_RETURN_IF_ERROR(make_key(version));
  return version;
}

// Times and keys stay, since they say the order.
Result<bool> VersionsIn::set_aside(Version& version, size_t place, const Value& value) {
  const int column = static_cast<int>(place);
  std::erase_if(version.set_aside, [&](const auto& one) { return one.first == place; });  // named twice
  const bool is_order = column == from_place_ || column == to_place_ ||
                        std::count(key_places_.begin(), key_places_.end(), column) > 0;
  if (is_order || value.bytes.size() < kSetAsideBytes) return false;
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<SetAside::Place> kept, large_.add(value.bytes));
  if (!kept) return false;
  version.set_aside.emplace_back(place, *kept);
  return true;
}

// Returns nothing where the time is NULL, or unbounded.
Result<std::optional<int64_t>> VersionsIn::time_of(const Version& version, int place) const {
  const Value& said = version.cells[static_cast<size_t>(place)];
  if (said.is_null()) return std::optional<int64_t>();
  if (said.type != Value::Type::kText)
    return Status::invalid(target_.columns[static_cast<size_t>(place)].name + " is a time as text, not " +
                           spelled(said));
  if (temporal::infinity_of(said.bytes) == temporal::Infinity::kEnd) return std::optional<int64_t>();
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t us,
                             temporal::parse_instant(said.bytes, connection_.statement_now()));
  return std::optional(us);
}

// An end in the future is what MariaDB and others write for "not yet".
Status VersionsIn::take_times(Version& version) const {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> from, time_of(version, from_place_));
  if (!from) return Status::invalid("the version has no " + statement_.options.system_from);
  version.from_us = *from;
  if (to_place_ < 0) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(version.to_us, time_of(version, to_place_));
  if (version.to_us && *version.to_us <= version.from_us)
    return Status::invalid("the version ends at " + temporal::format_instant(*version.to_us) +
                           ", and begins at " + temporal::format_instant(version.from_us) +
                           ": an end lies behind its beginning");
  if (version.to_us && *version.to_us > connection_.statement_now()) version.to_us.reset();
  return Status::ok();
}

Status VersionsIn::make_key(Version& version) const {
  std::string scratch;
  for (size_t i = 0; i < key_places_.size(); ++i) {
    const auto place = static_cast<size_t>(key_places_[i]);
    if (version.cells[place].is_null())
      return Status::invalid("the key is NULL in column " + target_.columns[place].name);
    const Value cell =
        temporal::apply_affinity(version.cells[place], target_.columns[place].affinity, scratch);
    temporal::append_key_value(version.key, cell, key_collations_[i]);
  }
  return Status::ok();
}

Status VersionsIn::read_versions() {
  Record record;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, reader_->next(record));
    if (!there) return Status::ok();
    if (record.problem.empty() && record.fields.empty()) continue;  // an empty line
    Result<Version> version = take(record);
    if (!version) return named(version.status(), record.line);
    if (versions_.size() == std::numeric_limits<uint32_t>::max())
      return Status::invalid("COPY: the file has more versions than can be ordered at once");
    versions_.push_back(std::move(*version));
    if (versions_.size() % kVersionsBetweenQuestions == 0 && database_->is_interrupted())
      return {Code::kInterrupted, "interrupted"};
  }
}

// Of one time, beginnings come before ends.
std::vector<VersionsIn::Event> VersionsIn::events() const {
  std::vector<Event> events;
  for (uint32_t i = 0; i < versions_.size(); ++i) {
    events.push_back({versions_[i].from_us, false, i});
    if (versions_[i].to_us) events.push_back({*versions_[i].to_us, true, i});
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tuple(a.us, a.is_end, a.version) < std::tuple(b.us, b.is_end, b.version);
  });
  return events;
}

Result<CopyResult> VersionsIn::run() {
  SPECTRADB_RETURN_IF_ERROR(open());
  SPECTRADB_RETURN_IF_ERROR(read_versions());
  // A row may refer to another table, whose history comes in later.
  const Setting foreign_keys(connection_.handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0);
  const std::vector<Event> all = events();
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    while (end < all.size() && all[end].us == all[begin].us) ++end;
    SPECTRADB_RETURN_IF_ERROR(write_moment(all.data() + begin, all.data() + end));
    if (database_->is_interrupted()) return Status(Code::kInterrupted, "interrupted");
    begin = end;
  }
  return result_;
}

// Two versions of one key that begin at one time are two commits: the later in the file is the later one.
Status VersionsIn::write_moment(const Event* begin, const Event* end) {
  std::vector<uint32_t> waiting;
  for (const Event* event = begin; event != end; ++event)
    if (!event->is_end) waiting.push_back(event->version);
  SPECTRADB_RETURN_IF_ERROR(write_ends(begin, end));
  while (!waiting.empty()) SPECTRADB_RETURN_IF_ERROR(write_round(begin->us, waiting));
  return end_commit();
}

// Removes what ends; of versions that others follow, only the last counts.
Status VersionsIn::write_ends(const Event* begin, const Event* end) {
  std::unordered_set<std::string> followed;
  for (const Event* event = begin; event != end; ++event)
    if (!event->is_end) followed.insert(versions_[event->version].key);
  for (const Event* event = begin; event != end; ++event) {
    const Version& version = versions_[event->version];
    const auto found = current_.find(version.key);
    if (!event->is_end || found == current_.end() || found->second != event->version) continue;
    if (followed.count(version.key) > 0) continue;
    if (scope_ == nullptr) SPECTRADB_RETURN_IF_ERROR(named(begin_commit(event->us), version.line));
    SPECTRADB_RETURN_IF_ERROR(named(run_with(*delete_, version), version.line));
    current_.erase(found);
  }
  return Status::ok();
}

// Writes one version of each key, and leaves the others.
Status VersionsIn::write_round(int64_t us, std::vector<uint32_t>& waiting) {
  std::unordered_set<std::string> keys;
  std::vector<uint32_t> now;
  std::vector<uint32_t> later;
  for (const uint32_t version : waiting)
    (keys.insert(versions_[version].key).second ? now : later).push_back(version);
  const int64_t line = versions_[now.front()].line;
  if (scope_ == nullptr) SPECTRADB_RETURN_IF_ERROR(named(begin_commit(us), line));
  SPECTRADB_RETURN_IF_ERROR(write_versions(now));
  result_.rows += static_cast<int64_t>(now.size());
  waiting = std::move(later);
  return waiting.empty() ? Status::ok() : end_commit();
}

// What a constraint forbids as long as another row is as it was is written in the end, when all such rows
// are removed: values of a UNIQUE column may change places.
Status VersionsIn::write_versions(const std::vector<uint32_t>& versions) {
  std::vector<uint32_t> refused;
  for (const uint32_t one : versions) {
    const bool is_there = !current_.try_emplace(versions_[one].key, one).second;
    current_[versions_[one].key] = one;
    UserStatement* const statement = is_there ? update_.get() : insert_.get();
    const Status status = statement == nullptr ? Status::ok() : run_with(*statement, versions_[one]);
    // A constraint that ends the transaction leaves nothing to be written into.
    const bool is_over = sqlite3_get_autocommit(connection_.handle()) != 0;
    const bool is_refused = statement == nullptr || (!status && statement->is_constraint() && !is_over);
    if (!status && !is_refused) return named(status, versions_[one].line);
    if (is_refused) refused.push_back(one);
  }
  for (const uint32_t one : refused)
    SPECTRADB_RETURN_IF_ERROR(named(run_with(*delete_, versions_[one]), versions_[one].line));
  for (const uint32_t one : refused)
    SPECTRADB_RETURN_IF_ERROR(named(run_with(*insert_, versions_[one]), versions_[one].line));
  return Status::ok();
}

Status VersionsIn::begin_commit(int64_t us) {
  if (last_us_ && us <= *last_us_) us = *last_us_ + 1;
  scope_ = std::make_unique<WriteScope>(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope_->begin());
  const Status suits = check_given_time(*database_, us, false);
  if (!suits) return suits;
  SPECTRADB_RETURN_IF_ERROR(say_of_transaction(connection_, Annotation::Kind::kTime, Value::of_integer(us)));
  SPECTRADB_RETURN_IF_ERROR(scope_->annotate("imported", Value::text(statement_.file)));
  insert_ = std::make_unique<UserStatement>();
  // What the definition does where a constraint is broken would remove other rows of the same time.
  constexpr std::string_view kInsert = "INSERT";
  const bool says = target_.insert.rfind("INSERT OR ", 0) == 0;
  const std::string insert =
      says ? target_.insert : "INSERT OR ABORT" + target_.insert.substr(kInsert.size());
  SPECTRADB_RETURN_IF_ERROR(insert_->prepare(connection_.handle(), insert));
  delete_ = std::make_unique<UserStatement>();
  SPECTRADB_RETURN_IF_ERROR(delete_->prepare(connection_.handle(), delete_text_));
  if (!update_text_.empty()) {
    update_ = std::make_unique<UserStatement>();
    SPECTRADB_RETURN_IF_ERROR(update_->prepare(connection_.handle(), update_text_));
  }
  last_us_ = us;
  return Status::ok();
}

Status VersionsIn::end_commit() {
  if (scope_ == nullptr) return Status::ok();
  insert_.reset();
  update_.reset();
  delete_.reset();
  SPECTRADB_RETURN_IF_ERROR(scope_->keep());
  scope_.reset();
  ++result_.commits;
  return Status::ok();
}

// Binds all cells, though not each statement has a place for each.
Status VersionsIn::run_with(UserStatement& statement, const Version& version) {
  for (size_t i = 0; i < version.cells.size(); ++i) statement.bind(static_cast<int>(i) + 1, version.cells[i]);
  std::vector<std::string> read(version.set_aside.size());
  for (size_t i = 0; i < read.size(); ++i) {
    const auto& [column, place] = version.set_aside[i];
    SPECTRADB_RETURN_IF_ERROR(large_.read(place, read[i]));
    statement.bind(static_cast<int>(column) + 1, Value{version.cells[column].type, 0, 0, read[i]});
  }
  const Status status = statement.run();
  if (!read.empty()) statement.clear();  // its bytes end here
  return status;
}

}  // namespace spectradb::extension::copy
