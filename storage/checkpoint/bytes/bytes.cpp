#include "storage/checkpoint/bytes/bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace cfo::storage {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::size_t size_of_regular_file(const Descriptor& descriptor, const std::string& origin) {
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0) throw Error("{}: cannot be read ({})", origin, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw Error("{}: is a folder; name the file inside it", origin);
  if (!S_ISREG(status.st_mode)) throw Error("{}: is not a regular file; name a checkpoint file", origin);
  if (status.st_size == 0) throw Error("{}: the file is empty; download it again", origin);
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

CheckpointBytes map_checkpoint(const std::filesystem::path& file) {
  const std::string origin = file.string();
  const Descriptor descriptor(file);
  if (descriptor.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      throw Error("{}: there is no such file; check the path, or fetch the weights with cfo-weights", origin);
    throw Error("{}: cannot be opened for reading ({})", origin, std::strerror(errno));
  }
  const std::size_t size = size_of_regular_file(descriptor, origin);
  // Copy on write: weights that are updated in place (training resumed from a checkpoint) change memory only.
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor.number(), 0);
  if (address == MAP_FAILED) throw Error("{}: cannot be mapped into memory ({})", origin, std::strerror(errno));
  std::shared_ptr<void> owner(address, [size](void* mapped) { ::munmap(mapped, size); });
  return {origin, {static_cast<const char*>(address), size}, std::move(owner), file.parent_path()};
}

CheckpointBytes map_beside(const CheckpointBytes& file, std::string_view path) {
  constexpr std::size_t longest = 1024;
  const bool odd =
      path.size() > longest || std::any_of(path.begin(), path.end(), [](unsigned char c) { return c < 0x20; });
  if (leads_out(path) || odd)
    throw Error(
        "{}: names the file '{}', which is no path inside its folder; the file is hostile, get it from its publisher",
        file.origin, printable(path));
  if (!file.folder)
    throw Error("{}: names the file '{}', but is itself a part of another file; unpack both into one folder",
                file.origin, printable(path));
  const std::filesystem::path beside = *file.folder / std::string(path);
  std::error_code fault;
  if (!std::filesystem::exists(beside, fault))
    throw Error("{}: names the file '{}', which is not in its folder; download that file too", file.origin,
                printable(path));
  return map_checkpoint(beside);
}

bool leads_out(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return true;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (path.substr(start, end - start) == "..") return true;
    start = end + 1;
  }
  return false;
}

CheckpointBytes bytes_in_memory(std::string origin, std::string bytes) {
  auto held = std::make_shared<std::string>(std::move(bytes));
  const std::string_view view = *held;
  return {std::move(origin), view, std::move(held)};
}

std::optional<std::string_view> part_of(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return std::nullopt;
  return bytes.substr(offset, size);
}

std::string printable(std::string_view name) {
  constexpr std::size_t longest = 120;
  std::string text;
  for (const char byte : name.substr(0, longest)) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code >= 0x7f)
      text += fmt::format("\\x{:02x}", code);
    else
      text += byte;
  }
  return name.size() > longest ? text + "..." : text;
}

}  // namespace cfo::storage
