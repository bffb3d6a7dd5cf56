// Writes random rows into a table of the scene, and the same into its model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/ledger_scene.h"

namespace spectradb::tests {

class LedgerWrites {
 public:
  explicit LedgerWrites(LedgerScene& scene) : scene_(scene), dice_(scene.dice()) {}

  void insert();
  void update();
  void change_key();
  void remove();

 private:
  struct NewRow {
    int key;
    Span span;
    int64_t payload;
  };

  Span any_span();  // of valid time, often all of it
  std::optional<Span> any_portion();
  static std::string insert_sql(const LedgerTable& table, const std::string& word,
                                const std::vector<NewRow>& rows, bool has_clause);
  std::optional<int> put(LedgerTable& table, const std::string& word, const std::vector<NewRow>& rows);
  std::vector<LedgerRow> touched_rows(const LedgerTable& table, const std::vector<bool>& wanted,
                                      std::optional<Span> portion) const;

  LedgerScene& scene_;
  Dice dice_;
  int64_t next_payload_ = 1;
};

}  // namespace spectradb::tests
