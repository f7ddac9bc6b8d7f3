#include "tests/fuzz/reading.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <string>

#include "base/error.h"
#include "storage/checkpoint/bytes/bytes.h"
#include "tests/support/checkpoint_fixtures.h"

namespace cfo::fuzz {
namespace {

using storage::CheckpointBytes;
using test::TemporaryFolder;

const std::string origin = "fuzzed";
constexpr std::int64_t most_looked_at = 1 << 16;

class Folder {
 public:
  Folder() {
    files_.write("weights.bin", std::string(200, '\1'));
    files_.write("a.safetensors", test::small_safetensors_file());
    files_.write("b.bin", test::small_legacy_file(3));
  }
  const std::filesystem::path& path() const { return files_.path(); }

 private:
  TemporaryFolder files_;
};

/// Reads the first and the last byte of the elements, in this instrumented code rather than in libtorch. Of a tensor
/// that repeats its elements many times over, the first so many and the last are looked at.
unsigned look_at(const at::Tensor& tensor) {
  unsigned sum = 0;
  const auto* start = static_cast<const unsigned char*>(tensor.data_ptr());
  const auto width = static_cast<std::int64_t>(tensor.element_size());
  const auto look = [&](std::int64_t element) { sum += start[element * width] + start[element * width + width - 1]; };
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < tensor.dim(); ++i) last += (tensor.size(i) - 1) * tensor.stride(i);
  if (tensor.numel() == 0) return 0;
  look(last);
  std::vector<std::int64_t> index(static_cast<std::size_t>(tensor.dim()), 0);
  std::int64_t at = 0;
  for (std::int64_t count = 0; count < std::min(tensor.numel(), most_looked_at); ++count) {
    look(at);
    for (std::int64_t i = tensor.dim(); i-- > 0;) {
      at += tensor.stride(i);
      if (++index[static_cast<std::size_t>(i)] < tensor.size(i)) break;
      at -= tensor.size(i) * tensor.stride(i);
      index[static_cast<std::size_t>(i)] = 0;
    }
  }
  return sum;
}

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "a reader broke its promise: {}\n", why);
  std::abort();
}

void require_sentence(const std::string& sentence) {
  const bool names_file = sentence.starts_with(origin + ":") || sentence.starts_with(folder().string());
  if (!names_file || sentence.find('\n') != std::string::npos || sentence.size() > 2000)
    fail("the Error '" + sentence + "' is no sentence that begins with the file");
}

template <typename Body>
int kept_promise(const std::uint8_t* data, std::size_t size, const Body& body) {
  CheckpointBytes file = storage::bytes_in_memory(origin, {reinterpret_cast<const char*>(data), size});
  file.folder = folder();
  try {
    body(file);
    ++tally().read;
  } catch (const Error& error) {
    require_sentence(error.what());
    ++tally().refused;
  } catch (const std::exception& error) {
    fail(std::string("an exception that is no Error: ") + error.what());
  }
  return 0;
}

}  // namespace

Tally& tally() {
  static Tally counts;
  return counts;
}

const std::filesystem::path& folder() {
  static const Folder files;
  return files.path();
}

int read_document(const std::uint8_t* data, std::size_t size, Read read) {
  return kept_promise(data, size, [&](const CheckpointBytes& file) {
    storage::CheckpointDocument document = read(file);
    volatile unsigned sum = 0;
    for (const auto& [name, tensor] : storage::tensors_below(*document.root, "", origin)) {
      document.copies.fill(tensor);
      sum = sum + look_at(tensor);
    }
    storage::entries_of(document, origin);
  });
}

int read_bytes(const std::uint8_t* data, std::size_t size, void (*read)(const CheckpointBytes& file)) {
  return kept_promise(data, size, read);
}

}  // namespace cfo::fuzz
