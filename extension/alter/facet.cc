// spectradb_alter(), which carries out statements that change temporal tables, for every host; and the commit
// part that lets tables made anew continue dropped ones.
#include "extension/facet/facet.h"

#include "extension/alter/alter_table.h"
#include "extension/alter/succession.h"

namespace spectradb::extension {

namespace {

constexpr Help kAlterHelp[] = {
    {"spectradb_alter", Help::Kind::kFunction, "spectradb_alter('ALTER TABLE …')",
     "Runs an ALTER TABLE of a temporal table, or ALTER TABLE … ADD SYSTEM VERSIONING, in hosts without the "
     "prepare hook.",
     "SELECT spectradb_alter('ALTER TABLE staff ADD COLUMN floor INTEGER DEFAULT 1');"},
};

class Successions : public CommitPart {
 public:
  explicit Successions(Database& database) : database_(database) {}
  Status settle() override { return settle_successions(database_); }

 private:
  Database& database_;
};

std::unique_ptr<CommitPart> make_successions(Database& database) {
  return std::make_unique<Successions>(database);
}

constexpr MakeCommitPart kAlterCommitParts[] = {make_successions};

}  // namespace

const Facet& facet_alter() {
  static const Facet facet{
      .name = "alter", .functions = alter_functions(), .help = kAlterHelp, .commit_parts = kAlterCommitParts};
  return facet;
}

}  // namespace spectradb::extension
