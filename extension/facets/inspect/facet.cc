// spectradb_inspect(path) shows people what the files of a store hold, a row for each thing.
#include "extension/facet/facet.h"

#include "extension/access/gate.h"
#include "extension/facets/inspect/inspection.h"
#include "extension/functions/table_function.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

enum InspectColumn : int { kItem, kPart, kAtByte, kBytes, kCommit, kKeyText, kAbout, kFile, kPathArgument };
constexpr int kInspectArguments = 1;

constexpr const char* kInspectDeclaration =
    "CREATE TABLE x(item INTEGER, part TEXT, at_byte INTEGER, bytes INTEGER, commit_no INTEGER, "
    "key TEXT, "
    "about TEXT, file TEXT, path HIDDEN, PRIMARY KEY (file, item)) WITHOUT ROWID";

constexpr double kInspectCost = 1e5;
constexpr int64_t kInspectRows = 10000;

void give_number(sqlite3_context* context, const std::optional<uint64_t>& number) {
  if (number) sqlite3_result_int64(context, static_cast<sqlite3_int64>(*number));
}

void give_text(sqlite3_context* context, std::string_view text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

class InspectCursor final : public FunctionCursor {
 public:
  explicit InspectCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    inspection_.reset();
    at_end_ = true;
    number_ = 0;
    sqlite3_value* argument = arguments.argument(0);
    const temporal::Value path = argument == nullptr ? temporal::Value::null() : from_sqlite(argument);
    if (path.type != temporal::Value::Type::kText || path.bytes.empty() ||
        path.bytes.find('\0') != std::string_view::npos)
      return Status::invalid(
          "spectradb_inspect takes the name of a database that has its store inside, or the path of a file "
          "of a "
          "store, of a store's directory, or of a database that has one: spectradb_inspect('main')");
    path_ = path.bytes;
    SPECTRADB_RETURN_IF_ERROR(
        ask_permission(connection_.handle(), SQLITE_ATTACH, path_.c_str(), nullptr, nullptr));
    sqlite3* db = connection_.handle();
    SPECTRADB_ASSIGN_OR_RETURN(inspection_, inspect::is_in_rows(db, path_) ? inspect::inspect_rows(db, path_)
                                                                           : inspect::inspect(path_));
    return next();
  }

  Status next() override {
    item_ = {};
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, inspection_->next(item_));
    at_end_ = !is_there;
    ++number_;
    return Status::ok();
  }

  bool at_end() const override { return at_end_; }

  Status column(sqlite3_context* context, int index) override {
    switch (index) {
      case kItem:
        sqlite3_result_int64(context, number_);
        break;
      case kPart:
        give_text(context, item_.part);
        break;
      case kAtByte:
        give_number(context, item_.at_byte);
        break;
      case kBytes:
        give_number(context, item_.bytes);
        break;
      case kCommit:
        give_number(context, item_.commit);
        break;
      case kKeyText:
        if (item_.key) give_text(context, *item_.key);
        break;
      case kAbout:
        give_text(context, item_.about);
        break;
      case kFile:
        give_text(context, item_.file ? *item_.file : path_);
        break;
      default:
        break;
    }
    return Status::ok();
  }

 private:
  Connection& connection_;
  std::string path_;
  std::unique_ptr<inspect::Inspection> inspection_;
  inspect::Item item_;
  int64_t number_ = 0;
  bool at_end_ = true;
};

constexpr TableFunction kInspect = {
    "spectradb_inspect",
    kInspectDeclaration,
    kPathArgument,
    kInspectArguments,
    [](FunctionPlanner& planner) { planner.answer(kInspectCost, kInspectRows, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<InspectCursor>(connection);
    },
    true};

constexpr const TableFunction* kInspectTables[] = {&kInspect};

constexpr Help kInspectHelp[] = {
    {"spectradb_inspect", Help::Kind::kTable, "spectradb_inspect('path')",
     "Shows what a store holds, manifest, log and SSTables: of an open database that has "
     "it inside by its name, of one in a directory by a path.",
     "SELECT part, about, file FROM spectradb_inspect('main'); "
     "SELECT part, about FROM spectradb_inspect('main/MANIFEST');"}};

}  // namespace

const Facet& facet_inspect() {
  static constexpr Facet kFacet{.name = "inspect", .table_functions = kInspectTables, .help = kInspectHelp};
  return kFacet;
}

}  // namespace spectradb::extension
