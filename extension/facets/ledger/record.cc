#include "extension/facets/ledger/record.h"

#include <bit>

#include "base/assert.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::ledger {

namespace {

constexpr size_t kPartBytes = 4 + 8 + kHashBytes;

// Takes numbers and hashes off a record; whatever is taken after the end has come is nothing.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

  uint64_t number(size_t bytes) { return number_of(take(bytes)); }
  Hash hash() { return hash_of(take(kHashBytes)).value_or(Hash{}); }
  size_t rest() const { return rest_.size(); }
  bool is_whole() const { return !is_short_ && rest_.empty(); }
  void fail() { is_short_ = true; }

 private:
  std::string_view take(size_t bytes) {
    if (is_short_ || rest_.size() < bytes) {
      is_short_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::string_view rest_;
  bool is_short_ = false;
};

}  // namespace

std::string CommitRecord::encode() const {
  std::string out;
  out.reserve(64 + tables.size() * kPartBytes);
  out.push_back('c');
  put_number(out, commit, 8);
  put_number(out, static_cast<uint64_t>(time_us), 8);
  put_number(out, clock_us ? 1 : 0, 1);
  if (clock_us) put_number(out, static_cast<uint64_t>(*clock_us), 8);
  put_number(out, notes ? 1 : 0, 1);
  if (notes) out.append(bytes_of(*notes));
  put_number(out, tables.size(), 4);
  for (const TablePart& part : tables) {
    put_number(out, part.id, 4);
    put_number(out, part.facts, 8);
    out.append(bytes_of(part.root));
  }
  return out;
}

std::optional<CommitRecord> CommitRecord::decode(std::string_view bytes) {
  RecordReader in(bytes);
  if (in.number(1) != 'c') return std::nullopt;
  CommitRecord record;
  record.commit = in.number(8);
  record.time_us = static_cast<int64_t>(in.number(8));
  const uint64_t has_clock = in.number(1);
  if (has_clock == 1) record.clock_us = static_cast<int64_t>(in.number(8));
  const uint64_t has_notes = in.number(1);
  if (has_notes == 1) record.notes = in.hash();
  if (has_clock > 1 || has_notes > 1) return std::nullopt;
  const uint64_t count = in.number(4);
  if (count != in.rest() / kPartBytes) return std::nullopt;
  for (uint64_t i = 0; i < count; ++i) {
    TablePart part;
    part.id = static_cast<uint32_t>(in.number(4));
    part.facts = in.number(8);
    part.root = in.hash();
    record.tables.push_back(part);
  }
  if (!in.is_whole()) return std::nullopt;
  return record;
}

// A forged record may name more facts than the sum can hold: then it is the largest number.
uint64_t CommitRecord::facts() const {
  uint64_t sum = 0;
  for (const TablePart& part : tables) sum = part.facts > UINT64_MAX - sum ? UINT64_MAX : sum + part.facts;
  return sum;
}

const TablePart* CommitRecord::table(uint32_t id) const {
  for (const TablePart& part : tables)
    if (part.id == id) return &part;
  return nullptr;
}

std::string CatalogRecord::encode() const {
  std::string out("s");
  put_number(out, commit, 8);
  return out.append(bytes_of(root));
}

std::optional<CatalogRecord> CatalogRecord::decode(std::string_view bytes) {
  RecordReader in(bytes);
  if (in.number(1) != 's') return std::nullopt;
  CatalogRecord record;
  record.commit = in.number(8);
  record.root = in.hash();
  if (!in.is_whole()) return std::nullopt;
  return record;
}

std::string ErasureRecord::encode() const {
  std::string out("e");
  put_number(out, commit, 8);
  put_number(out, erasures, 8);
  out.append(bytes_of(erasures_root));
  put_number(out, facts, 8);
  return out.append(bytes_of(facts_root));
}

std::optional<ErasureRecord> ErasureRecord::decode(std::string_view bytes) {
  RecordReader in(bytes);
  if (in.number(1) != 'e') return std::nullopt;
  ErasureRecord record;
  record.commit = in.number(8);
  record.erasures = in.number(8);
  record.erasures_root = in.hash();
  record.facts = in.number(8);
  record.facts_root = in.hash();
  if (!in.is_whole()) return std::nullopt;
  return record;
}

std::string RetirementRecord::encode() const {
  std::string out("r");
  put_number(out, commit, 8);
  put_number(out, retirements, 8);
  out.append(bytes_of(retirements_root));
  put_number(out, parts, 8);
  put_number(out, facts, 8);
  return out.append(bytes_of(parts_root));
}

std::optional<RetirementRecord> RetirementRecord::decode(std::string_view bytes) {
  RecordReader in(bytes);
  if (in.number(1) != 'r') return std::nullopt;
  RetirementRecord record;
  record.commit = in.number(8);
  record.retirements = in.number(8);
  record.retirements_root = in.hash();
  record.parts = in.number(8);
  record.facts = in.number(8);
  record.parts_root = in.hash();
  if (!in.is_whole()) return std::nullopt;
  return record;
}

void NotesHash::add(std::string_view name, const temporal::Value& value) {
  using Type = temporal::Value::Type;
  put_number(bytes_, name.size(), 4);
  bytes_.append(name);
  switch (value.type) {
    case Type::kInteger:
      bytes_.push_back('i');
      put_number(bytes_, static_cast<uint64_t>(value.integer), 8);
      break;
    case Type::kReal:
      bytes_.push_back('r');
      put_number(bytes_, std::bit_cast<uint64_t>(value.real), 8);
      break;
    case Type::kNull:
      bytes_.push_back('n');
      break;
    case Type::kText:
    case Type::kBlob:
      bytes_.push_back(value.type == Type::kText ? 't' : 'b');
      put_number(bytes_, value.bytes.size(), 4);
      bytes_.append(value.bytes);
      break;
  }
}

std::optional<Hash> NotesHash::hash() const {
  if (bytes_.empty()) return std::nullopt;
  return sha256({bytes_});
}

Hash leaf_of_fact(const Salt& salt, uint64_t commit, uint32_t ordinal, std::string_view key,
                  std::string_view value) {
  std::string head(bytes_of(salt));
  put_number(head, commit, 8);
  put_number(head, ordinal, 4);
  put_number(head, key.size(), 4);
  return hash_leaf({head, key, value});
}

void FactsHash::add(uint32_t ordinal, std::string_view key, std::string_view value) {
  const uint32_t id = temporal::table_id_of(key);
  if (id != table_id_) end_table();
  table_id_ = id;
  if (place_ >= count_) return;
  const Salt* const salt = salts_.at(place_++);
  SPECTRADB_ASSERT(salt != nullptr);  // none of a new commit is forgotten
  tree_.add(leaf_of_fact(*salt, commit_, ordinal, key, value));
}

void FactsHash::end_table() {
  if (tree_.size() > 0) tables_.push_back({table_id_, tree_.size(), tree_.root()});
  tree_ = MerkleTree();
}

std::vector<TablePart> FactsHash::finish() {
  end_table();
  return std::move(tables_);
}

}  // namespace spectradb::extension::ledger
