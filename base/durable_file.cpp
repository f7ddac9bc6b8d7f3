#include "base/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/host_name.h"

namespace cfo {
namespace fs = std::filesystem;
namespace {

void sync_path(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags);
  if (descriptor < 0) throw_write_error(path, errno);
  const int result = ::fsync(descriptor);
  const int error_number = errno;
  ::close(descriptor);
  if (result != 0) throw_write_error(path, error_number);
}

void sync_tree(const fs::path& path) {
  if (!fs::is_directory(path)) return sync_path(path, O_RDONLY);
  for (const auto& entry : fs::directory_iterator(path)) sync_tree(entry.path());
  sync_path(path, O_RDONLY | O_DIRECTORY);
}

/// A name beside `path` that no other process and no other call has.
fs::path own_name(const fs::path& path, const std::string& what) {
  static std::atomic<int> calls = 0;
  fs::path own = path;
  own += fmt::format(".{}-{}-{}-{}", what, host_name(), ::getpid(), ++calls);
  return own;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

void throw_write_error(const fs::path& path, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT)
    throw OutOfSpace("{}: the disk is full; free some space and run the same command again", path.string());
  if (error_number == EROFS)
    throw OutOfSpace("{}: the disk is read-only; choose another --output folder", path.string());
  throw Error("{}: cannot be written ({})", path.string(), std::strerror(error_number));
}

fs::path partial_name(const fs::path& path) {
  fs::path partial = path;
  partial += ".partial";
  return partial;
}

void publish(const fs::path& path) { publish(partial_name(path), path); }

void publish(const fs::path& draft, const fs::path& path) {
  sync_tree(draft);
  while (::rename(draft.c_str(), path.c_str()) != 0) {
    if (errno != ENOTEMPTY && errno != EEXIST && errno != EISDIR) throw_write_error(path, errno);
    // A folder that is there already and the draft change places, so that one of them is there at any time, and a kill
    // leaves nothing but a draft behind.
    if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
      fs::remove_all(draft);
      break;
    }
    if (errno == EINVAL || errno == ENOSYS) {
      fs::remove_all(path);  // a file system that cannot
    } else if (errno != ENOENT) {
      throw_write_error(path, errno);
    }
  }
  sync_path(folder_of(path), O_RDONLY | O_DIRECTORY);
}

DraftFolder::DraftFolder(fs::path path) : path_(std::move(path)), draft_(own_name(path_, "draft")) {
  std::error_code problem;
  fs::create_directories(draft_, problem);
  if (problem) throw_write_error(draft_, problem.value());
}

DraftFolder::~DraftFolder() {
  std::error_code ignored;
  fs::remove_all(draft_, ignored);
}

void DraftFolder::publish() { cfo::publish(draft_, path_); }

void write_durably(const fs::path& path, std::string_view text) {
  const fs::path partial = partial_name(path);
  const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw_write_error(partial, errno);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
    if (written < 0) {
      const int error_number = errno;
      ::close(descriptor);
      throw_write_error(partial, error_number);
    }
    done += static_cast<std::size_t>(written);
  }
  ::close(descriptor);
  publish(path);
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || fs::is_directory(path)) throw Error("{}: cannot be opened for reading", path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace cfo
