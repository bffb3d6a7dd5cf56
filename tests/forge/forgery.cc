#include "tests/forge/forgery.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace spectradb::tests {
namespace {

constexpr size_t kMostRepeatedBytes = 1u << 17;
constexpr size_t kMostParts = 4096;  // longest list of which a part is repeated

class Forger {
 public:
  Forger(StoreFiles* files, std::mt19937_64& random) : files_(*files), random_(random) {}

  Forgery run() {
    gather();
    const unsigned first = 1 + below(100);
    const unsigned changes = first <= 45 ? 1 : first <= 85 ? 2 : first <= 95 ? 3 : 4;
    for (unsigned i = 0; i < changes; ++i) {
      if (i > 0) result_.what += "; ";
      change();
    }
    return result_;
  }

 private:
  struct Place {
    std::string file;
    Field* field;
  };

  unsigned below(size_t limit) { return static_cast<unsigned>(random_() % std::max<size_t>(limit, 1)); }

  // Fields of one name in one kind of file are one choice, so that the many records of a block are not
  // preferred.
  void gather() {
    visit("MANIFEST", files_.manifest);
    for (LogFile& log : files_.logs) {
      visit("log", log.header);
      for (Field& frame : log.frames) visit("log", frame);
    }
    for (TableFile& table : files_.tables) {
      const std::string name = table.number > UINT32_MAX ? "spilled" : "table";
      for (StoredPart& part : table.dictionary) visit(name, part);
      for (StoredPart& part : table.blocks) visit(name, part);
      visit(name, table.filter);
      visit(name + " index", table.index);
      visit(name + " properties", table.properties);
      visit(name + " footer", table.footer);
    }
  }

  void visit(const std::string& file, StoredPart& part) {
    visit(file, part.content);
    visit(file, part.compression);
  }

  void visit(const std::string& file, Field& field) {
    if (field.form == Form::kParts || field.form == Form::kPacked) {
      if (field.is_list) places_[file][field.name].push_back({file, &field});
      for (Field& part : field.parts) visit(file, part);
      return;
    }
    places_[file][field.name].push_back({file, &field});
    (field.is_number() ? numbers_ : bytes_).push_back(&field);
  }

  void change() {
    auto file = places_.begin();
    std::advance(file, below(places_.size()));
    auto name = file->second.begin();
    std::advance(name, below(file->second.size()));
    const Place place = name->second[below(name->second.size())];
    Field& field = *place.field;
    result_.what += place.file + " " + field.name;
    result_.is_content = result_.is_content || field.is_content;
    if (field.is_list) return change_list(field);
    if (field.is_number()) return change_number(field);
    if (field.form == Form::kRaw) return change_bytes(field);
  }

  void change_number(Field& field) {
    const uint64_t before = field.number;
    field.number = extreme(field);
    field.is_given = true;
    result_.what += " " + std::to_string(before) + " becomes " + std::to_string(field.number);
    // A value that another place repeats is mostly changed there, too, or a comparison would find the
    // forgery at once.
    if (below(5) > 0) repeat(field);
    if (below(2) == 0) make_room(field);
  }

  // raw_bytes bounds what a block or an index may take, so it is raised: then a size that is too large is
  // used.
  void make_room(const Field& field) {
    for (TableFile& table : files_.tables) {
      const std::vector<Field>& sizes = table.index.content.at("size").parts;
      const bool is_of_table =
          &field == &table.footer.at("index_size") ||
          std::any_of(sizes.begin(), sizes.end(), [&](const Field& one) { return &one == &field; });
      Field* const meta = files_.meta_of(table.number);
      if (!is_of_table || meta == nullptr) continue;
      for (Field* raw_bytes : {&table.properties.content.at("raw_bytes"), &meta->at("raw_bytes")}) {
        raw_bytes->number = UINT64_MAX / 2;
        raw_bytes->is_given = true;
      }
      result_.what += " (and raw_bytes)";
    }
  }

  uint64_t extreme(const Field& field) {
    static constexpr uint64_t kExtremes[] = {0,
                                             1,
                                             2,
                                             7,
                                             8,
                                             127,
                                             128,
                                             255,
                                             256,
                                             4095,
                                             65535,
                                             1u << 20,
                                             UINT64_C(0x7fffffff),
                                             UINT64_C(0x80000000),
                                             UINT64_C(0xfffffffe),
                                             UINT64_C(0xffffffff),
                                             UINT64_C(0x100000000),
                                             UINT64_C(1) << 40,
                                             UINT64_C(0x7ffffffffffffffe),
                                             UINT64_C(0x7fffffffffffffff),
                                             UINT64_C(0x8000000000000000),
                                             UINT64_C(0x8000000000000001),
                                             UINT64_C(0xfffffffffffffffe),
                                             UINT64_C(0xffffffffffffffff)};
    const uint64_t other = numbers_[below(numbers_.size())]->number;
    const uint64_t now = field.number;
    switch (below(10)) {
      case 0:
        return now + 1;
      case 1:
        return now - 1;
      case 2:
        return other;
      case 3:
        return other + now;
      case 4:
        return 0 - now;
      case 5:
        return UINT64_MAX / std::max<uint64_t>(now, 2) + 1;  // `now` times this is more than 64 bits
      case 6:
        return now * 2;
      default:
        return kExtremes[below(std::size(kExtremes))];
    }
  }

  // Repeats the value in the manifest or in the frame, which have some of a table's properties as well.
  void repeat(const Field& field) {
    for (TableFile& table : files_.tables) {
      Field& properties = table.properties.content;
      Field* const meta = files_.meta_of(table.number);
      if (meta == nullptr) continue;
      for (size_t i = 0; i < std::min(properties.parts.size(), meta->parts.size()); ++i) {
        Field& one = properties.parts[i];
        Field& two = meta->parts[i];
        if (&one != &field && &two != &field) continue;
        if (one.name == "number" || one.name == "size") return;
        Field& target = &one == &field ? two : one;
        target.number = field.number;
        target.bytes = field.bytes;
        target.is_given = field.is_given;
        return;
      }
    }
  }

  void change_bytes(Field& field) {
    std::string& bytes = field.bytes;
    const size_t at = bytes.empty() ? 0 : below(bytes.size());
    switch (below(11)) {
      case 0:
        bytes.clear();
        break;
      case 1:
        if (!bytes.empty()) bytes.pop_back();
        break;
      case 2:
        bytes.push_back('\0');
        break;
      case 3:
        bytes.assign(1 + below(9), '\xff');
        break;
      case 4:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 5:
        bytes = bytes_[below(bytes_.size())]->bytes;
        break;
      case 6: {  // the largest varint
        const std::string most("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
        bytes.replace(at, below(2) == 0 ? 1 : 0, most);
        break;
      }
      case 7: {
        const std::string once = bytes;
        const size_t times = size_t{2} << below(12);
        for (size_t i = 1; i < times && bytes.size() < kMostRepeatedBytes; ++i) bytes += once;
        break;
      }
      case 8:
        bytes.resize(at);
        break;
      case 9:
        bytes.erase(0, at);
        break;
      default:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random_());
        break;
    }
    result_.what += " of " + std::to_string(bytes.size()) + " bytes";
    if (below(5) > 0) repeat(field);
  }

  // Places that were gathered point into lists, so none is used after a list has changed.
  void change_list(Field& field) {
    std::vector<Field>& parts = field.parts;
    result_.is_content = true;
    const size_t at = below(parts.size());
    switch (parts.empty() ? 5 : below(6)) {
      case 0:
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at));
        result_.what += " lacks a part";
        break;
      case 1:
        parts.push_back(Field(parts[at]));
        result_.what += " has a part twice";
        break;
      case 2:
        std::swap(parts[at], parts[below(parts.size())]);
        result_.what += " has two parts exchanged";
        break;
      case 3:
        parts.clear();
        result_.what += " has no parts";
        break;
      case 4: {
        const Field part = parts[at];
        const size_t times = size_t{2} << below(12);
        while (parts.size() < std::min(times, kMostParts)) parts.push_back(part);
        result_.what += " has a part many times";
        break;
      }
      default:
        std::reverse(parts.begin(), parts.end());
        result_.what += " is reversed";
        break;
    }
    places_.clear();
    numbers_.clear();
    bytes_.clear();
    gather();
  }

  StoreFiles& files_;
  std::mt19937_64& random_;
  Forgery result_;
  std::map<std::string, std::map<std::string, std::vector<Place>>> places_;
  std::vector<Field*> numbers_;
  std::vector<Field*> bytes_;
};

}  // namespace

Forgery forge(StoreFiles* files, std::mt19937_64& random) { return Forger(files, random).run(); }

}  // namespace spectradb::tests
