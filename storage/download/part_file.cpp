#include "storage/download/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/durable_file.h"
#include "base/error.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t bytes_between_syncs = 64 << 20;

struct Note {
  std::string url, validator;
  std::uint64_t bytes = 0;
};

fs::path note_name(const fs::path& path) { return partial_name(path).string() + ".json"; }

/// What the last process knew; nothing where the note is not there or is not ours.
std::optional<Note> read_note(const fs::path& file) {
  try {
    const auto json = nlohmann::json::parse(read_text(file));
    return Note{json.at("url"), json.at("validator"), json.at("bytes")};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

PartFile::PartFile(const fs::path& path, const std::string& url)
    : part_(partial_name(path)), note_(note_name(path)), url_(url) {
  open();
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) throw_write_error(part_, errno);
  const auto note = read_note(note_);
  const auto there = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || !note || note->url != url || note->validator.empty() || note->bytes > there) return;
  validator_ = note->validator;
  size_ = synced_ = note->bytes;
  if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) throw_write_error(part_, errno);
}

PartFile::~PartFile() {
  if (descriptor_ < 0) return;
  if (size_ == 0 || validator_.empty()) {
    discard();
    return;
  }
  try {
    keep();
  } catch (const std::exception&) {  // the disk is full, which was told already
  }
  ::close(descriptor_);
}

void PartFile::open() {
  if (part_.has_parent_path()) {
    std::error_code fault;
    fs::create_directories(part_.parent_path(), fault);
    if (fault) throw_write_error(part_.parent_path(), fault.value());
  }
  descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw_write_error(part_, errno);
}

void PartFile::begin(const std::string& validator) {
  std::error_code ignored;
  fs::remove(note_, ignored);
  if (::ftruncate(descriptor_, 0) != 0 && errno != EINVAL) throw_write_error(part_, errno);  // EINVAL: a device
  validator_ = validator;
  size_ = synced_ = 0;
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_write_error(part_, errno);
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (size_ - synced_ >= bytes_between_syncs) keep();
}

void PartFile::keep() {
  if (validator_.empty() || size_ == synced_) return;
  if (::fdatasync(descriptor_) != 0) throw_write_error(part_, errno);
  write_durably(note_, nlohmann::json{{"url", url_}, {"validator", validator_}, {"bytes", size_}}.dump(2) + "\n");
  synced_ = size_;
}

void PartFile::finish() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) throw_write_error(part_, errno);
  ::close(descriptor_);
  descriptor_ = -1;
  std::error_code ignored;
  fs::remove(note_, ignored);
}

void PartFile::discard() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  std::error_code ignored;
  fs::remove(note_, ignored);
  fs::remove(part_, ignored);
}

std::uint64_t PartFile::kept(const fs::path& path) {
  const auto note = read_note(note_name(path));
  std::error_code fault;
  const auto there = fs::file_size(partial_name(path), fault);
  return note && !fault && note->bytes <= there ? note->bytes : 0;
}

}  // namespace cfo::storage
