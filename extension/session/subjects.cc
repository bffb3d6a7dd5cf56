#include "extension/session/subjects.h"

#include <algorithm>
#include <utility>

#include "base/random_bytes.h"
#include "base/sha256.h"
#include "extension/host/kept_rowid.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/text_seal.h"
#include "temporal/sealed_row.h"

namespace spectradb::extension {

using temporal::SubjectKeys;

namespace {

// While it lives SQLite overwrites what it deletes with zeros.
class SecureDelete {
 public:
  SecureDelete(sqlite3* db, const std::string& schema)
      : db_(db), pragma_("PRAGMA " + quoted(schema) + ".secure_delete") {}
  ~SecureDelete() {
    if (was_ != kOn) static_cast<void>(set(was_));
  }
  SecureDelete(const SecureDelete&) = delete;
  SecureDelete& operator=(const SecureDelete&) = delete;

  Status begin() {
    Query asked(db_, pragma_);
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, asked.step());
    const int64_t was = row ? asked.integer(0) : kOn;
    asked.reset();
    SPECTRADB_RETURN_IF_ERROR(set(kOn));
    was_ = was;
    return Status::ok();
  }

 private:
  static constexpr int64_t kOn = 1;

  Status set(int64_t value) {
    constexpr int64_t kFast = 2;
    Query pragma(db_, pragma_ + " = " + (value == kFast ? "FAST" : std::to_string(value)));
    return pragma.step().status();
  }

  sqlite3* db_;
  std::string pragma_;
  int64_t was_ = kOn;
};

// Random bytes may repeat in a process that was forked or in a machine that was copied; the row, hashed with them, keeps two
// rows from having one nonce even then.
temporal::CipherNonce new_nonce(std::string_view row) {
  constexpr size_t kRandomBytes = 16;
  char random[kRandomBytes];
  sqlite3_randomness(sizeof random, random);
  Sha256 sum;
  sum.add({random, sizeof random});
  sum.add(row);
  const std::string hex = sum.hex();
  const auto digit = [&](size_t i) { return hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10; };
  temporal::CipherNonce nonce;
  for (size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<unsigned char>(digit(2 * i) * 16 + digit(2 * i + 1));
  return nonce;
}

Result<SubjectKeys::Seed> new_seed() {
  SubjectKeys::Seed seed;
  SPECTRADB_RETURN_IF_ERROR(fill_with_random(reinterpret_cast<char*>(seed.data()), seed.size()));
  return seed;
}

}  // namespace

Subjects::Subjects(Database& database)
    : database_(database),
      version_query_(database.connection().handle(),
                     "SELECT version FROM " + database.qualified(kTable) + " WHERE id = 1") {}

Status Subjects::ensure() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(kTable));
  if (there) return Status::ok();
  SubjectKeys keys;
  SPECTRADB_ASSIGN_OR_RETURN(const SubjectKeys::Seed root, new_seed());
  keys.begin_epoch(root);
  SPECTRADB_RETURN_IF_ERROR(store(keys));
  return read();
}

Status Subjects::refresh() {
  sqlite3* db = database_.connection().handle();
  if (tables_.is_empty() || read_at_.holds(db, database_.schema())) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(read());
  const bool is_reading = sqlite3_txn_state(db, database_.schema().c_str()) != SQLITE_TXN_NONE;
  read_at_ = is_reading ? PagerMark(db, database_.schema()) : PagerMark();
  is_known_ = is_reading;
  return Status::ok();
}

void Subjects::committed() {
  if (is_known_) read_at_ = PagerMark(database_.connection().handle(), database_.schema());
}

Status Subjects::read() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(kTable));
  if (!there) {
    seeds_ = Seeds::kGone;
    tables_.set_keys(nullptr);
    return Status::ok();
  }
  if (seeds_ == Seeds::kSound) {
    const QueryScope scope(version_query_);
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, version_query_.step());
    if (row && tables_.keys() != nullptr && version_query_.integer(0) == version_) return Status::ok();
  }
  Query state(database_.connection().handle(),
              "SELECT version, seeds FROM " + database_.qualified(kTable) + " WHERE id = 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, state.step());
  std::optional<SubjectKeys> keys = row ? SubjectKeys::decode(state.blob(1)) : std::nullopt;
  if (!keys) {
    seeds_ = Seeds::kUnreadable;
    tables_.set_keys(nullptr);
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_other, is_changed());
  seeds_ = is_other ? Seeds::kChanged : Seeds::kSound;
  version_ = state.integer(0);
  tables_.set_keys(std::make_shared<const SubjectKeys>(std::move(*keys)));
  return Status::ok();
}

Result<bool> Subjects::is_changed() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, database_.meta(std::string(kSealName) + "/" + kTable));
  if (kept.empty()) return false;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string now,
                             seal_of_own_table(database_.connection().handle(), database_.schema(), kTable));
  return kept != now;
}

Status Subjects::check(const std::string& table) const {
  if (seeds_ == Seeds::kSound && tables_.keys() != nullptr) return Status::ok();
  const std::string own = database_.schema() + "." + kTable;
  const char* const way =
      ": a backup that was made since the last shredding has what was there, and spectradb_erase() erases "
      "rows "
      "that cannot be read";
  switch (seeds_) {
    case Seeds::kUnreadable:
      return Status::corrupt("the seeds of the keys by which rows of table " + table +
                             " are encrypted are not what SpectraDB wrote into " + own + way);
    case Seeds::kChanged:
      return Status::corrupt("somebody else has changed the seeds of the keys by which rows of table " +
                             table + " are encrypted, in " + own + way +
                             "; spectradb_repair('seal') accepts them");
    default:
      return Status::corrupt("the seeds of the keys by which rows of table " + table +
                             " are encrypted are gone, with table " + own + way);
  }
}

Status Subjects::store(const SubjectKeys& keys) {
  sqlite3* db = database_.connection().handle();
  const std::string table = database_.qualified(kTable);
  int64_t version = 0;
  sqlite3_randomness(sizeof version, &version);
  SecureDelete secure(db, database_.schema());
  SPECTRADB_RETURN_IF_ERROR(secure.begin());
  doubt();
  return change_own_table(database_, kTable, kAllRows, [&] {
    SPECTRADB_RETURN_IF_ERROR(
        execute(db, "CREATE TABLE IF NOT EXISTS " + table +
                        "(id INTEGER PRIMARY KEY, version INTEGER NOT NULL, seeds BLOB NOT NULL)"));
    const KeptRowid kept(db);
    Query put(db, "INSERT OR REPLACE INTO " + table + "(id, version, seeds) VALUES (1, ?1, ?2)");
    put.bind(1, version).bind_blob(2, keys.encode());
    return put.run();
  });
}

Status Subjects::seal(std::string& out, const std::string& table, std::string_view user_key,
                      std::string_view row) {
  SPECTRADB_RETURN_IF_ERROR(check(table));
  const std::shared_ptr<const SubjectKeys>& keys = tables_.keys();
  const std::string_view subject = SubjectKeys::subject_of(user_key);
  if (sealed_with_ != keys || subject_ != subject) {
    const std::optional<temporal::CipherKey> key =
        keys->key_of(SubjectKeys::leaf_of(subject), keys->epochs() - 1);
    if (!key)
      return Status::invalid(
          "this subject of table " + table +
          " was shredded, and what is left of it is in the way: SELECT spectradb_erase() takes "
          "that away, then it may be written again");
    sealed_with_ = keys;
    subject_.assign(subject);
    key_ = *key;
  }
  temporal::seal_row(out, key_, keys->epochs() - 1, new_nonce(row), user_key, row);
  return Status::ok();
}

Status Subjects::drop(const std::string& table, const std::vector<std::string>& subjects) {
  doubt();
  SPECTRADB_RETURN_IF_ERROR(read());
  SPECTRADB_RETURN_IF_ERROR(check(table));
  SubjectKeys keys = *tables_.keys();
  std::vector<SubjectKeys::Leaf> leaves;
  leaves.reserve(subjects.size());
  for (const std::string& subject : subjects) leaves.push_back(SubjectKeys::leaf_of(subject));
  keys.drop(std::move(leaves));
  return store(keys);
}

Status Subjects::begin_epoch() {
  doubt();
  SPECTRADB_RETURN_IF_ERROR(read());
  if (tables_.keys() == nullptr || !tables_.keys()->has_dropped()) return Status::ok();
  SubjectKeys keys = *tables_.keys();
  SPECTRADB_ASSIGN_OR_RETURN(const SubjectKeys::Seed root, new_seed());
  keys.begin_epoch(root);
  return store(keys);
}

}  // namespace spectradb::extension
