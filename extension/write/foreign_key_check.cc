// ForeignKeys: whether what SQLite keeps of rows for foreign keys (reference_table.h, present_table.h) is what the
// facts say, and making it anew.
#include <algorithm>
#include <map>
#include <optional>

#include "extension/schema/schema_change.h"
#include "extension/session/database.h"
#include "extension/session/fact_reader.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/present_table.h"
#include "extension/write/reference_table.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::RowCursor;
using temporal::Value;

namespace {

// A long transaction writes rows as valid at an instant before its commit.
constexpr int64_t kLongTransactionUs = int64_t{3600} * 1'000'000;

// Walks the keys of a table that have facts.
class WrittenKeys {
 public:
  WrittenKeys(const FactReader& facts, uint32_t table_id)
      : facts_(facts), versions_(facts.versions(0, facts.last_commit())) {
    temporal::append_table_id(first_, table_id);
    end_ = temporal::after_prefix(first_);
  }

  // Returns false where there is no further one.
  Result<bool> next() {
    SPECTRADB_RETURN_IF_ERROR(facts_.check_interrupted());
    if (is_begun_) {
      versions_->next_key();
    } else {
      versions_->seek(first_);
    }
    is_begun_ = true;
    SPECTRADB_RETURN_IF_ERROR(versions_->status());
    if (!versions_->valid() || versions_->user_key() >= end_) return false;
    key_.assign(versions_->user_key());
    return true;
  }
  const std::string& key() const { return key_; }
  uint64_t commit() const { return versions_->commit(); }  // the last one that wrote it

 private:
  const FactReader& facts_;
  const std::unique_ptr<lsm::VersionCursor> versions_;
  std::string first_;
  std::string end_;
  std::string key_;
  bool is_begun_ = false;
};

std::unique_ptr<RowCursor> all_pieces(const FactReader& facts) {
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  return facts.rows(facts.last_commit(), times);
}

// Returns how many keys refer to something else than the table of references says, which somebody may have dropped.
Result<size_t> wrong_references(const FactReader& facts, const ForeignKeyLink& link) {
  WrittenKeys written(facts, link.child.id);
  const std::unique_ptr<RowCursor> rows = all_pieces(facts);
  const bool is_there = link.references->is_there();
  size_t wrong = 0;
  size_t known = 0;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_any, written.next());
    if (!is_any) break;
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<KeptPiece> pieces,
                               pieces_of(*rows, link.child, link.key.columns, written.key()));
    std::vector<ReferenceTable::Row> recorded;
    if (is_there) {
      SPECTRADB_ASSIGN_OR_RETURN(recorded, link.references->rows_of(written.key()));
    }
    known += recorded.size();
    const auto is_in = [](const auto& list) {
      return [&list](const auto& one) {
        return std::any_of(list.begin(), list.end(), [&one](const auto& other) {
          return are_equal(one.values.values(), other.values.values());
        });
      };
    };
    const bool is_right = std::all_of(pieces.begin(), pieces.end(), is_in(recorded)) &&
                          std::all_of(recorded.begin(), recorded.end(), is_in(pieces));
    wrong += is_right ? 0 : 1;
  }
  if (!is_there) return wrong;
  SPECTRADB_ASSIGN_OR_RETURN(const size_t all, link.references->count());
  return wrong + (all - std::min(all, known));
}

// Returns the temporal tables that ordinary ones refer to through a table that is not there. Those that were dropped are
// not meant: SQLite, too, lets a parent be dropped, and made again.
Result<std::vector<std::string>> parents_without_presents(Database& database) {
  Query missing(
      database.connection().handle(),
      "SELECT DISTINCT key.\"table\" FROM " + database.qualified("sqlite_master") +
          " AS child, pragma_foreign_key_list(child.name, ?1) AS key WHERE child.type = 'table' AND "
          "key.\"table\" LIKE '\\_spectradb\\_present\\_%' ESCAPE '\\'");
  missing.bind(1, std::string_view(database.schema()));
  std::vector<std::string> parents;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, missing.step());
    if (!row) return parents;
    std::optional<std::string> parent = PresentTable::table_of(missing.text(0));
    if (!parent || PresentTable::is_there(database, *parent)) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint32_t> id, database.find_table(*parent));
    if (id) parents.push_back(std::move(*parent));
  }
}

// Returns how many rows differ from what the table showed when they were last written, and at any instant since.
Result<size_t> wrong_presents(const FactReader& facts, PresentTable& present, uint32_t table_id) {
  WrittenKeys written(facts, table_id);
  const std::unique_ptr<RowCursor> rows = all_pieces(facts);
  const int64_t now_us = facts.database().connection().statement_now();
  std::map<uint64_t, int64_t> times;
  size_t wrong = 0;
  size_t known = 0;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_any, written.next());
    if (!is_any) break;
    auto time = times.find(written.commit());
    if (time == times.end()) {
      SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> us,
                                 facts.database().commit_time_us(written.commit()));
      time = times.emplace(written.commit(), us.value_or(now_us)).first;
    }
    const int64_t since_us = std::min(time->second, now_us) - kLongTransactionUs;
    SPECTRADB_ASSIGN_OR_RETURN(const PresentTable::Standing standing,
                               present.compare(*rows, written.key(), since_us, now_us));
    known += standing.is_there ? 1 : 0;
    wrong += standing.is_right ? 0 : 1;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const size_t all, present.count());
  return wrong + (all - std::min(all, known));
}

}  // namespace

Result<std::vector<ForeignKeys::Wrong>> ForeignKeys::find_wrong() {
  std::vector<Wrong> found;
  {
    Query kept(
        database_.connection().handle(),
        "SELECT 1 FROM " + database_.qualified("sqlite_master") +
            " WHERE type = 'table' AND (name LIKE '\\_spectradb\\_references\\_%' ESCAPE '\\' OR sql LIKE "
            "'%references%') LIMIT 1");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_any, kept.step());
    if (!is_any) return found;
  }
  SPECTRADB_RETURN_IF_ERROR(read_links());
  FactReader facts;
  SPECTRADB_RETURN_IF_ERROR(facts.open(database_.connection().database(database_.schema())));
  for (const std::shared_ptr<Link>& link : links_) {
    if (link->references == nullptr) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const size_t wrong, wrong_references(facts, *link));
    if (wrong > 0)
      found.push_back({link->child.name, link,
                       std::to_string(wrong) + " keys of table " + link->child.name +
                           " do not refer to what " + link->references->name() + " says"});
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> without, parents_without_presents(database_));
  for (const std::string& name : without)
    found.push_back({name, nullptr,
                     PresentTable::name_of(name) + ", through which ordinary tables refer to table " + name +
                         ", is missing"});
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names, table_names());
  for (const std::string& name : names) {
    const Table* table = database_.connection().find_table(database_.schema(), name);
    if (table == nullptr || !PresentTable::is_there(database_, name)) continue;
    PresentTable present(database_, table->definition(), table->indexes());
    if (present.takes_integers_only()) {
      found.push_back({name, nullptr,
                       PresentTable::name_of(name) +
                           ", which an earlier release made, takes no key of table " + name +
                           " that is not an integer"});
      continue;
    }
    present.keep_columns_there();
    SPECTRADB_ASSIGN_OR_RETURN(const size_t wrong, wrong_presents(facts, present, table->schema().id));
    if (wrong > 0)
      found.push_back({name, nullptr,
                       std::to_string(wrong) + " rows of " + PresentTable::name_of(name) +
                           " are not what table " + name + " shows"});
  }
  return found;
}

Status ForeignKeys::mend(const std::vector<Wrong>& found) {
  SchemaChange change(database_);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  for (const Wrong& wrong : found) {
    if (wrong.link != nullptr) {
      if (wrong.link->references->is_there()) SPECTRADB_RETURN_IF_ERROR(wrong.link->references->fill_anew());
      SPECTRADB_RETURN_IF_ERROR(wrong.link->references->ensure());
      continue;
    }
    const Table* table = database_.connection().find_table(database_.schema(), wrong.table);
    if (table == nullptr) return Status::invalid("no such table: " + wrong.table);
    tables_changed();
    change.ignore_foreign_keys();
    if (PresentTable::is_there(database_, wrong.table))
      SPECTRADB_RETURN_IF_ERROR(change.drop_table(PresentTable::name_of(wrong.table)));
    SPECTRADB_RETURN_IF_ERROR(PresentTable(database_, table->definition(), table->indexes()).make());
  }
  return change.keep();
}

}  // namespace spectradb::extension
