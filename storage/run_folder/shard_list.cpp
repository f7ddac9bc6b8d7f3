#include "storage/run_folder/shard_list.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/error.h"
#include "storage/run_folder/layout.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

bool is_shard_name(const fs::path& path) {
  const std::string stem = path.stem().string();
  return path.extension() == ".h5" && !stem.empty() &&
         std::all_of(stem.begin(), stem.end(), [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

std::vector<fs::path> list_shards(const fs::path& run) {
  const fs::path folder = run / shards_folder;
  if (!fs::is_directory(folder))
    throw Error("{}: holds no folder 'shards'; give the output folder of a cfo-run", run.string());
  std::vector<fs::path> shards;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_shard_name(entry.path())) shards.push_back(entry.path());
  std::sort(shards.begin(), shards.end());
  return shards;
}

}  // namespace cfo::storage
