#include "extension/listing.h"

#include <array>
#include <string>
#include <vector>

#include "extension/database.h"
#include "extension/errors.h"

namespace spectradb::extension {

namespace {

constexpr int kColumns = 2;
constexpr int kSchemaColumn = 2;  // hidden: the argument

// One cell: an integer or a text.
struct Cell {
  bool is_integer = false;
  int64_t integer = 0;
  std::string text;
};
using Rows = std::vector<std::array<Cell, kColumns>>;

struct Listing {
  const char* name;
  const char* declaration;
  Status (*fill)(Database& database, Rows& rows);
};

Status fill_stats(Database& database, Rows& rows) {
  Result<bool> has_store = database.has_store();
  if (!has_store) return has_store.status();
  if (!*has_store) return Status::ok();
  Result<lsm::Store*> store = database.store();
  if (!store) return store.status();
  for (const auto& [name, value] : (*store)->stats()) {
    const bool is_number =
        !value.empty() && value.find_first_not_of("0123456789") == std::string::npos && value.size() < 19;
    rows.push_back(
        {Cell{false, 0, name}, is_number ? Cell{true, std::stoll(value), {}} : Cell{false, 0, value}});
  }
  return Status::ok();
}

constexpr Listing kListings[] = {
    {"spectradb_stats", "CREATE TABLE x(name TEXT, value, schema TEXT HIDDEN)", fill_stats},
};

struct ListingTable : sqlite3_vtab {
  Connection* connection = nullptr;
  const Listing* listing = nullptr;
};

struct ListingCursor : sqlite3_vtab_cursor {
  Rows rows;
  size_t at = 0;
};

// What a module is registered with.
struct Registration {
  Connection* connection;
  const Listing* listing;
};

int x_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    const auto& registration = *static_cast<Registration*>(aux);
    if (sqlite3_declare_vtab(db, registration.listing->declaration) != SQLITE_OK)
      return status_of_sqlite(db, SQLITE_ERROR);
    auto* table = new ListingTable{};
    table->connection = registration.connection;
    table->listing = registration.listing;
    *out = table;
    return Status::ok();
  });
}

int x_disconnect(sqlite3_vtab* table) {
  delete static_cast<ListingTable*>(table);
  return SQLITE_OK;
}

int x_best_index(sqlite3_vtab*, sqlite3_index_info* info) {
  info->estimatedCost = 1000;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.iColumn != kSchemaColumn || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!constraint.usable) return SQLITE_CONSTRAINT;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1;
    break;
  }
  return SQLITE_OK;
}

int x_open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  return guarded(table, [&] {
    *out = new ListingCursor{};
    return Status::ok();
  });
}

int x_close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<ListingCursor*>(cursor);
  return SQLITE_OK;
}

int x_filter(sqlite3_vtab_cursor* base, int, const char*, int argc, sqlite3_value** argv) {
  return guarded(base->pVtab, [&]() -> Status {
    auto* cursor = static_cast<ListingCursor*>(base);
    const auto* table = static_cast<ListingTable*>(base->pVtab);
    cursor->rows.clear();
    cursor->at = 0;
    std::string schema = "main";
    if (argc > 0 && sqlite3_value_type(argv[0]) != SQLITE_NULL)
      schema = reinterpret_cast<const char*>(sqlite3_value_text(argv[0]));
    if (sqlite3_db_filename(table->connection->handle(), schema.c_str()) == nullptr) {
      return Status::invalid("there is no database named " + schema + " on this connection");
    }
    return table->listing->fill(*table->connection->database(schema), cursor->rows);
  });
}

int x_next(sqlite3_vtab_cursor* cursor) {
  ++static_cast<ListingCursor*>(cursor)->at;
  return SQLITE_OK;
}

int x_eof(sqlite3_vtab_cursor* base) {
  const auto* cursor = static_cast<ListingCursor*>(base);
  return cursor->at >= cursor->rows.size() ? 1 : 0;
}

int x_column(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
  const auto* cursor = static_cast<ListingCursor*>(base);
  if (column >= kColumns) return SQLITE_OK;
  const Cell& cell = cursor->rows[cursor->at][static_cast<size_t>(column)];
  if (cell.is_integer) {
    sqlite3_result_int64(context, cell.integer);
  } else {
    sqlite3_result_text(context, cell.text.data(), static_cast<int>(cell.text.size()), SQLITE_TRANSIENT);
  }
  return SQLITE_OK;
}

int x_rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* rowid) {
  *rowid = static_cast<sqlite3_int64>(static_cast<ListingCursor*>(cursor)->at) + 1;
  return SQLITE_OK;
}

const sqlite3_module* listing_module() {
  static const sqlite3_module module = [] {
    sqlite3_module m{};
    m.xConnect = x_connect;  // no xCreate: eponymous only
    m.xBestIndex = x_best_index;
    m.xDisconnect = x_disconnect;
    m.xDestroy = x_disconnect;
    m.xOpen = x_open;
    m.xClose = x_close;
    m.xFilter = x_filter;
    m.xNext = x_next;
    m.xEof = x_eof;
    m.xColumn = x_column;
    m.xRowid = x_rowid;
    return m;
  }();
  return &module;
}

}  // namespace

Status register_listings(Connection& connection) {
  for (const Listing& listing : kListings) {
    auto* registration = new Registration{&connection, &listing};
    const int code =
        sqlite3_create_module_v2(connection.handle(), listing.name, listing_module(), registration,
                                 [](void* aux) { delete static_cast<Registration*>(aux); });
    if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
