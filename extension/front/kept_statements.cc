#include "extension/front/kept_statements.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "extension/access/gate.h"
#include "extension/front/prepare.h"
#include "extension/front/saved_text.h"
#include "extension/host/errors.h"
#include "extension/table/sql_catalog.h"
#include "sql/rewriter.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension {

namespace {

constexpr size_t kMostOffered = 1000;
constexpr std::string_view kPragma = "PRAGMA";
constexpr std::string_view kDefinitions[] = {"CREATE", "DROP", "ALTER", "REINDEX", kPragma};

size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

int prepared_again(sqlite3_stmt* statement) {
  return sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0);
}

// Whether a text may start with one of these words, which a comment may hide. A PRAGMA about a table is no
// definition, but depends on one, and SQLite runs it without asking us, too.
bool is_definition(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r\n\f"), text.size());
  const std::string_view rest = text.substr(begin);
  if (rest.starts_with("--") || rest.starts_with("/*")) return true;
  return std::any_of(std::begin(kDefinitions), std::end(kDefinitions), [&](std::string_view word) {
    return sql::equals_word(rest.substr(0, word.size()), word);
  });
}

}  // namespace

std::atomic<int> KeptStatements::definitions_{0};

bool KeptStatements::is_pragma(const char* text) {
  if (text == nullptr) return false;
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) ++text;
  return sqlite3_strnicmp(text, kPragma.data(), static_cast<int>(kPragma.size())) == 0;
}

KeptStatements::~KeptStatements() {
  for (const auto& [statement, kept] : kept_) forget(kept);
}

void KeptStatements::keep(sqlite3_stmt* statement, std::string_view asked) {
  if (statement == nullptr) return;
  const char* const text = sqlite3_sql(statement);
  if (text == nullptr) return;
  if (kept_.size() >= most_kept_) forget_finalized();
  Kept& kept = kept_[statement];
  forget(kept);
  kept = {};
  kept.text_hash = hash_of(text);
  if (asked != text) kept.asked = asked;
  kept.prepared_again = prepared_again(statement);
  kept.is_definition = is_definition(asked);
  if (kept.is_definition) ++definitions_;
}

// Takes a statement that is about to be removed out of the counts.
void KeptStatements::forget(const Kept& kept) {
  if (kept.is_definition) --definitions_;
  if (kept.is_refused) --refused_;
}

void KeptStatements::set_refused(Kept& kept, bool is_refused) {
  if (kept.is_refused != is_refused) refused_ += is_refused ? 1 : -1;
  kept.is_refused = is_refused;
}

void KeptStatements::forget_finalized() {
  std::unordered_set<sqlite3_stmt*> alive;
  for (sqlite3_stmt* each = sqlite3_next_stmt(connection_.handle(), nullptr); each != nullptr;
       each = sqlite3_next_stmt(connection_.handle(), each))
    alive.insert(each);
  std::erase_if(kept_, [&](const auto& kept) {
    const bool is_gone = alive.count(kept.first) == 0;
    if (is_gone) forget(kept.second);
    return is_gone;
  });
  most_kept_ = std::max<size_t>(most_kept_, 2 * kept_.size());
}

void KeptStatements::offer(const std::string& text, std::string_view asked) {
  if (text == asked) return;
  if (offered_in_order_.size() >= kMostOffered) {
    offered_.erase(offered_in_order_.front());
    offered_in_order_.pop_front();
  }
  if (offered_.insert_or_assign(text, std::string(asked)).second) offered_in_order_.push_back(text);
}

// A statement that the host prepared itself is recognized by the text that we gave it.
KeptStatements::Kept* KeptStatements::find(sqlite3_stmt* statement) {
  const char* const text = sqlite3_sql(statement);
  if (text == nullptr) return nullptr;
  if (const auto found = kept_.find(statement); found != kept_.end()) {
    if (found->second.text_hash == hash_of(text)) return &found->second;
    forget(found->second);
    kept_.erase(found);
  }
  const auto offered = offered_.find(text);
  if (offered == offered_.end()) return nullptr;
  Kept& kept = kept_[statement];
  kept.text_hash = hash_of(text);
  kept.asked = offered->second;
  return &kept;
}

Status KeptStatements::look_at(bool closely) {
  may_be_stale_ = false;
  if (preparing_ > 0 || (kept_.empty() && offered_.empty())) return Status::ok();
  const Preparing preparing(*this);
  bool is_stale = false;
  for (sqlite3_stmt* each = sqlite3_next_stmt(connection_.handle(), nullptr); each != nullptr;
       each = sqlite3_next_stmt(connection_.handle(), each)) {
    if (!sqlite3_stmt_busy(each)) continue;
    const int again = prepared_again(each);
    if (again == 0 && !closely && refused_ == 0) continue;
    Kept* const kept = find(each);
    if (kept == nullptr || (kept->prepared_again == again && !closely && !kept->is_refused)) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const bool renewed, renew(each, *kept));
    kept->prepared_again = again;
    is_stale = is_stale || renewed;
  }
  may_be_stale_ = false;
  return is_stale ? Status(Code::kStale, "the schema has changed") : Status::ok();
}

// Returns whether the text that SQLite kept was outdated.
Result<bool> KeptStatements::renew(sqlite3_stmt* statement, Kept& kept) {
  Result<bool> is_renewed = renew_text(statement, kept);
  set_refused(kept, !is_renewed);
  return is_renewed;
}

Result<bool> KeptStatements::renew_text(sqlite3_stmt* statement, Kept& kept) {
  const std::string text = sqlite3_sql(statement);
  const std::string asked = kept.asked.empty() ? text : kept.asked;
  SqlCatalog catalog(connection_);
  const Result<sql::Rewritten> rewritten = sql::rewrite_statement(asked, catalog);
  if (!catalog.failure()) return catalog.failure();
  if (!rewritten) return rewritten.status();
  const std::string& now = rewritten->changed ? rewritten->text : asked;
  if (now == text) return false;
  sqlite3* const db = connection_.handle();
  sqlite3_stmt* other = nullptr;
  const Gate::RewrittenScope scope(Gate::of(db),
                                   rewritten->changed ? kind_of_rewriting(asked) : Gate::Rewritten::kNot);
  const int code = sqlite3_prepare_v3(db, now.c_str(), static_cast<int>(now.size()), 0, &other, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(db, code);
  const bool is_exchanged = other != nullptr &&
                            sqlite3_bind_parameter_count(other) == sqlite3_bind_parameter_count(statement) &&
                            exchange_saved_texts(statement, other);
  sqlite3_finalize(other);
  if (!is_exchanged)
    return Status::invalid("the schema has changed: the statement is to be prepared again, " + asked);
  kept.asked = asked;
  kept.text_hash = hash_of(sqlite3_sql(statement));
  return true;
}

std::optional<Result<bool>> KeptStatements::renew_failed(sqlite3_stmt* statement) {
  if (preparing_ > 0) return std::nullopt;
  Kept* const kept = find(statement);
  if (kept == nullptr) return std::nullopt;
  const Preparing preparing(*this);
  return renew(statement, *kept);
}

Status KeptStatements::renew_definition(sqlite3_stmt* statement) {
  if (preparing_ > 0) return Status::ok();
  Kept* const kept = find(statement);
  if (kept == nullptr || !kept->is_definition) return Status::ok();
  const Preparing preparing(*this);
  return renew(statement, *kept).status();
}

}  // namespace spectradb::extension
