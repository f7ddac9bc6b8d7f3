#include "base/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/error.h"

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

void publish(const fs::path& path) {
  const fs::path partial = partial_name(path);
  sync_tree(partial);
  if (fs::is_directory(path)) fs::remove_all(path);
  if (::rename(partial.c_str(), path.c_str()) != 0) throw_write_error(path, errno);
  sync_path(folder_of(path), O_RDONLY | O_DIRECTORY);
}

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
