#include "base/file_stamp.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace cfo {

std::string file_stamp(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return "";
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<long long>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return fmt::format("{}.{}.{}", found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim));
}

}  // namespace cfo
