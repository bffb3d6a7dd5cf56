// Checks a store that lives in its database (check.h), as the open read transaction shows it.
#include <set>

#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"
#include "lsm/store/check.h"
#include "lsm/store/check_table.h"
#include "lsm/store/rows_store.h"

namespace spectradb::lsm {

Result<std::vector<std::string>> RowsStore::check(const AskCommitted& ask_committed,
                                                  const std::function<bool()>& is_interrupted) const {
  std::vector<std::string> problems;
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  SPECTRADB_ASSIGN_OR_RETURN(auto committed, ask_committed());
  const Tree& tree = now();
  std::optional<TableCheck::Version> last;
  bool is_ended = false;  // by an interrupt
  const auto check = [&](const std::shared_ptr<const Sstable>& table, uint32_t shard, bool is_history) {
    if (is_ended) return;
    auto anew = Sstable::open(*options_.file_system, table->path(), table->whole_meta(), seed(), nullptr);
    if (table->is_cut()) last.reset();  // tables before have its first keys
    if (!anew) {
      problems.push_back(anew.status().message());
      last.reset();
      return;
    }
    const TableRole role{shard, tree.head.shard_count, is_history, tree.head.flushed_commit};
    is_ended = !TableCheck(**anew, role, *options_.properties).run(&last, &problems, is_interrupted);
  };
  for (uint32_t shard = 0; shard < tree.files->shards.size(); ++shard) {
    const ShardLevels& levels = tree.files->shards[shard];
    for (size_t level = 0; level < levels.size(); ++level) {
      last.reset();
      for (const auto& table : levels[level]) {
        if (level == 0) last.reset();
        check(table, shard, false);
      }
    }
    for (const HistoryGroup& group : tree.files->history[shard].groups) {
      for (const HistoryRun& run : group) {
        last.reset();
        for (const auto& table : run.tables) check(table, shard, true);
      }
    }
  }
  if (is_ended) return Status(Code::kInterrupted, "interrupted");
  SPECTRADB_RETURN_IF_ERROR(check_rows(*rows, &problems));
  if (committed.commit != published() || committed.frame != published_frame_)
    problems.push_back("the store in " + options_.directory + " ends at commit " +
                       std::to_string(published()) + ", and the database at another commit " +
                       std::to_string(committed.commit));
  shorten(&problems);
  return problems;
}

// Checks that every file with a row has blocks, and the other way around. Files that an open transaction has
// spilled are passed over: their rows come with COMMIT.
Status RowsStore::check_rows(StoreRows& rows, std::vector<std::string>* problems) const {
  const auto tree = read_tree();
  if (!tree && tree.status().code() != Code::kCorrupt) return tree.status();
  if (!tree) problems->push_back(tree.status().message());
  if (tree && tree->rows != now().rows)
    problems->push_back(path_in(options_.directory, "files") +
                        " has other rows than were read from it before");
  std::set<uint64_t> known;
  for (const auto& [number, row] : now().rows) known.insert(number);
  for (uint64_t from = 1;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const auto next, rows.next_with_blocks(from));
    if (!next) break;
    if (known.erase(*next) == 0 && !link_->made.contains(*next))
      problems->push_back(options_.directory + " has blocks of " + sstable_name(*next) +
                          ", which is no file of the store");
    SPECTRADB_ASSIGN_OR_RETURN(const auto misfit, rows.find_misfit(*next));
    if (misfit)
      problems->push_back(corruption(path_in(options_.directory, sstable_name(*next)), *misfit,
                                     "its row has other bytes than a block, and the next one does not begin "
                                     "where it ends")
                              .message());
    from = *next + 1;
  }
  for (const uint64_t number : known)
    problems->push_back(options_.directory + " has no blocks of " + sstable_name(number));
  return Status::ok();
}

}  // namespace spectradb::lsm
