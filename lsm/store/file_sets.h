// The SSTables of a store as a manifest lists them, and as cursors read them. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lsm/log/manifest.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {

std::vector<Manifest::File> list_files(const FileSet& files);

using OpenFile = std::function<Result<std::shared_ptr<const Sstable>>(const FileMeta&)>;
Result<std::shared_ptr<FileSet>> arrange_files(const Manifest& manifest, const OpenFile& open);

}  // namespace spectradb::lsm
