#include "nodes/weights/add.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "base/process/say.h"
#include "nodes/weights/checks.h"
#include "nodes/weights/store.h"
#include "nodes/weights/verify.h"
#include "storage/download/unpack.h"

namespace cfo::weights {
namespace {

namespace fs = std::filesystem;

/// Shares the blocks of `from` where the file system can.
bool clone_file(const fs::path& from, const fs::path& to) {
  const int in = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool cloned = in >= 0 && out >= 0 && ::ioctl(out, FICLONE, in) == 0;
  if (in >= 0) ::close(in);
  if (out >= 0) ::close(out);
  return cloned;
}

void place_copy(const fs::path& from, const fs::path& to) {
  if (clone_file(from, to)) return;
  std::error_code fault;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, fault);
  if (fault) throw_write_error(to, fault.value());
}

/// The files under their temporary names; they go when this ends, but for those that were published.
class Staging {
 public:
  Staging() = default;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    for (const auto& [key, file] : files_) fs::remove(partial_name(file.path), ignored);
  }

  void take(const fs::path& from, const PublishedFile& file) {
    if (files_.count(file.key) > 0) throw Error("{}: {} was given twice", from.string(), file.card.file);
    std::error_code fault;
    if (!fs::is_regular_file(from, fault)) throw Error("{}: there is no such file", from.string());
    fs::create_directories(file.path.parent_path(), fault);
    if (fault) throw_write_error(file.path.parent_path(), fault.value());
    files_.emplace(file.key, file);
    const bool packed = !file.card.member.empty() && storage::has_member(from, file.card.member);
    if (packed) {
      const storage::UnpackPart part{file.card.member, file.path};
      storage::unpack(from, {&part, 1});
    } else {
      require_opens(from, file.card);
      place_copy(from, partial_name(file.path));
    }
    require_opens(partial_name(file.path), file.card);
  }

  bool has(const std::string& key) const { return files_.count(key) > 0; }
  const std::map<std::string, PublishedFile>& files() const { return files_; }

 private:
  std::map<std::string, PublishedFile> files_;
};

/// Which of the model's files `given` is.
const PublishedFile& file_called(const Published& model, std::span<const PublishedFile> files, const fs::path& given) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const auto& file) { return file.card.file == given.filename().string(); });
  const bool alone = found != files.end() && std::count_if(files.begin(), files.end(), [&](const auto& file) {
                                               return file.card.file == found->card.file;
                                             }) == 1;
  if (alone) return *found;
  if (files.size() == 1) return files.front();
  // Of several with one name the folder tells.
  const auto below = std::find_if(files.begin(), files.end(), [&](const auto& file) {
    const std::string folder = fs::path(file.card.folder).filename().string();
    return file.card.file == given.filename().string() && given.parent_path().filename().string() == folder;
  });
  if (below != files.end()) return *below;
  std::vector<std::string> keys;
  for (const auto& file : files) keys.push_back(file.key);
  throw Error("{}: is not called as one of the files of {}; they are {}", given.string(), model.name,
              fmt::join(keys, ", "));
}

}  // namespace

std::vector<Added> add_files(const Published& model, std::span<const fs::path> given, bool update_lock,
                             const std::atomic<bool>& stop) {
  const WeightsGuard guard(weights_root(), stop, [](const std::string& line) { process::say(stderr, "{}\n", line); });
  WeightsLock lock(weights_root());
  const Published* const models[] = {&model};
  const auto files = files_of(models);
  Staging staging;
  for (const auto& from : given) {
    // An archive may hold all of them.
    std::vector<const PublishedFile*> packed;
    for (const auto& file : files) {
      if (!file.card.member.empty() && storage::has_member(from, file.card.member)) packed.push_back(&file);
    }
    for (const auto* const file : packed) staging.take(from, *file);
    if (packed.empty()) staging.take(from, file_called(model, files, from));
  }
  std::map<std::string, std::string> digests;
  for (const auto& [key, file] : staging.files()) {
    digests[key] = digest_of_file(partial_name(file.path));
    require_digest(file.card.file, digests[key], expected_digest(file, lock, update_lock));
  }
  const bool complete = std::all_of(files.begin(), files.end(), [&](const auto& file) {
    return staging.has(file.key) || fs::is_regular_file(file.path);
  });
  if (complete) {
    require_fit(model, [&](const codecs::WeightFile& card) {
      const fs::path path = weight_path(card);
      return staging.has((fs::path(card.folder) / card.file).lexically_normal().generic_string()) ? partial_name(path)
                                                                                                  : path;
    });
  }
  std::vector<Added> added;
  for (const auto& [key, file] : staging.files()) {
    publish(file.path);
    lock.record(key, {.url = file.card.url.empty() ? file.card.page : file.card.url,
                      .size = fs::file_size(file.path),
                      .sha256 = digests[key],
                      .obtained = "added",
                      .date = {},
                      .stamp = weight_stamp(file.path)});
    added.push_back({file.path, digests[key], complete});
  }
  return added;
}

}  // namespace cfo::weights
