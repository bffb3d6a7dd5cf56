#include "extension/facets/text/text_tokenizer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <vector>

#include "base/hex.h"
#include "extension/host/author.h"
#include "extension/host/query.h"
#include "lsm/base/checksum.h"

namespace spectradb::extension {

struct TextTokenizer::Functions {
  fts5_tokenizer methods{};
  Fts5Tokenizer* tokenizer = nullptr;
};

namespace {

// Longer tokens are cut, as FTS5 cuts them.
constexpr int kLongestToken = 32768;

// The sample has words that tokenizers treat differently: case, accents, composed and decomposed, digits,
// signs, scripts, endings.
constexpr std::string_view kSample =
    "The QUICK brown foxes were jumping over 12 lazy-dogs' relational databases; naïve Café cafe\xCC\x81 "
    "Straße ÅNGSTRÖM don't user_name a.b@c.org 3.14 x86-64 Ελληνικά Привет мир "
    "日本語の文章 한국어 עברית العربية İstanbul ıŞIK ﬁne ² ½ Ⅻ "
    "running runs ran easily nationalization hopping hoping";

struct Visitor {
  const TextTokenizer::Visit& visit;
  Status status;
};

int take_token(void* context, int flags, const char* token, int size, int begin, int end) noexcept {
  Visitor& visitor = *static_cast<Visitor*>(context);
  try {
    visitor.status = visitor.visit({{token, static_cast<size_t>(std::clamp(size, 0, kLongestToken))},
                                    static_cast<size_t>(std::max(begin, 0)),
                                    static_cast<size_t>(std::max(end, 0)),
                                    (flags & FTS5_TOKEN_COLOCATED) != 0});
  } catch (const std::bad_alloc&) {
    visitor.status = Status(Code::kNoMemory, {});
  } catch (...) {
    visitor.status = Status(Code::kInternal, "a tokenizer's word could not be taken");
  }
  return visitor.status ? SQLITE_OK : SQLITE_ABORT;
}

Result<fts5_api*> find_api(sqlite3* db) {
  fts5_api* api = nullptr;
  Query query(db, "SELECT fts5(?1)");
  Status status = query.prepare();
  if (status) {
    sqlite3_bind_pointer(query.statement(), 1, &api, "fts5_api_ptr", nullptr);
    status = query.run();
  }
  if (status.code() == Code::kNoMemory) return status;
  if (!status || api == nullptr || api->iVersion < 2)
    return Status::invalid(
        "this SQLite has no FTS5, whose tokenizers full-text indexes use: use a build with "
        "SQLITE_ENABLE_FTS5");
  return api;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Splits a definition into words, or texts in single quotes, as FTS5 does.
Result<std::vector<std::string>> words_of(const std::string& definition) {
  std::vector<std::string> words;
  for (size_t i = 0; i < definition.size();) {
    if (is_blank(definition[i])) {
      ++i;
      continue;
    }
    std::string& word = words.emplace_back();
    if (definition[i] != '\'') {
      while (i < definition.size() && !is_blank(definition[i]) && definition[i] != '\'')
        word += definition[i++];
      continue;
    }
    bool is_closed = false;
    for (++i; i < definition.size() && !is_closed; ++i) {
      is_closed = definition[i] == '\'' && (i + 1 == definition.size() || definition[i + 1] != '\'');
      if (is_closed) continue;
      word += definition[i];
      if (definition[i] == '\'') ++i;
    }
    if (!is_closed) return Status::invalid("tokenizer '" + definition + "' has a quote that is not closed");
  }
  if (words.empty()) words.emplace_back("unicode61");
  return words;
}

}  // namespace

TextTokenizer::TextTokenizer(std::unique_ptr<Functions> functions) : functions_(std::move(functions)) {}

TextTokenizer::~TextTokenizer() {
  if (functions_->tokenizer != nullptr) functions_->methods.xDelete(functions_->tokenizer);
}

Result<std::unique_ptr<TextTokenizer>> TextTokenizer::open(sqlite3* db, const std::string& definition) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> words, words_of(definition));
  SPECTRADB_ASSIGN_OR_RETURN(fts5_api* const api, find_api(db));
  auto functions = std::make_unique<Functions>();
  void* context = nullptr;
  if (api->xFindTokenizer(api, words.front().c_str(), &context, &functions->methods) != SQLITE_OK)
    return Status::invalid("this SQLite has no tokenizer " + words.front() +
                           "; FTS5 comes with unicode61, ascii, porter and trigram");
  std::vector<const char*> arguments;
  for (size_t i = 1; i < words.size(); ++i) arguments.push_back(words[i].c_str());
  // The destructor of `made` releases what xCreate makes.
  std::unique_ptr<TextTokenizer> made(new TextTokenizer(std::move(functions)));
  Fts5Tokenizer* tokenizer = nullptr;
  const int code = made->functions_->methods.xCreate(context, arguments.data(),
                                                     static_cast<int>(arguments.size()), &tokenizer);
  if (code == SQLITE_NOMEM) return Status(Code::kNoMemory, {});
  if (code != SQLITE_OK)
    return Status::invalid("tokenizer " + words.front() + " does not take what '" + definition + "' says");
  made->functions_->tokenizer = tokenizer;
  return made;
}

Status TextTokenizer::tokenize(Purpose purpose, std::string_view text, const Visit& visit) {
  if (text.empty()) return Status::ok();
  if (text.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return Status::invalid("a text of more than 2 GB cannot be indexed");
  int flags = FTS5_TOKENIZE_DOCUMENT;
  if (purpose != Purpose::kDocument)
    flags = FTS5_TOKENIZE_QUERY | (purpose == Purpose::kPrefixQuery ? FTS5_TOKENIZE_PREFIX : 0);
  Visitor visitor{visit, {}};
  const int code = functions_->methods.xTokenize(functions_->tokenizer, &visitor, flags, text.data(),
                                                 static_cast<int>(text.size()), take_token);
  SPECTRADB_RETURN_IF_ERROR(visitor.status);
  if (code == SQLITE_NOMEM) return Status(Code::kNoMemory, {});
  return code == SQLITE_OK || code == SQLITE_DONE ? Status::ok()
                                                  : Status::invalid("the tokenizer failed on a text");
}

Result<std::string> TextTokenizer::fingerprint() {
  uint64_t hash = 0;
  SPECTRADB_RETURN_IF_ERROR(tokenize(Purpose::kDocument, kSample, [&hash](const Token& token) {
    const std::string shown = std::string(token.text) + '\0' + std::to_string(token.begin) + '\0' +
                              std::to_string(token.end) + (token.is_synonym ? "s" : "");
    hash = lsm::checksum64(shown, hash);
    return Status::ok();
  }));
  return hex_of(hash);
}

}  // namespace spectradb::extension
