// Runs a fuzz target without clang's fuzzer, the same inputs every time, so that every build does it in seconds:
//
//     fuzz-onnx MUTATIONS GOOD [OTHER...]
//
// Every file of the folder GOOD must be read; it is read with each of its bytes changed too, and cut off everywhere.
// The files of OTHER (hostile ones; folders, or patterns as in tests/broken/checkpoints/ox_*) may be refused. Then come
// MUTATIONS random changes of all of them. A reader that breaks its promise ends the program (reading.h).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_mutated = 16'384;  // longer files take longer to read and teach no more
constexpr std::size_t most_cuts = 2048;

void run(const std::string& bytes) {
  // Memory of exactly this size, so that a sanitizer sees every byte beyond.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

/// The files of a folder, or those of its folder whose names begin as `place` does before a '*'; sorted.
std::vector<fs::path> files_of(const fs::path& place) {
  const bool is_pattern = place.string().ends_with('*');
  const std::string prefix = is_pattern ? place.filename().string() : "*";
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(is_pattern ? place.parent_path() : place)) {
    if (entry.path().filename().string().starts_with(prefix.substr(0, prefix.size() - 1)))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    std::string bytes = seeds_[below(seeds_.size())];
    for (std::size_t changes = 1 + below(4); changes-- > 0;) change(bytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  void change(std::string& bytes) {
    if (bytes.empty()) bytes = "\x80";
    const std::size_t at = below(bytes.size());
    const std::size_t run = std::min(1 + below(16), bytes.size() - at);
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(random_());
        return;
      case 1:
        bytes[at] = telling_byte();
        return;
      case 2:
        bytes.erase(at, run);
        return;
      case 3:
        bytes.insert(below(bytes.size() + 1), bytes.substr(at, run));
        return;
      case 4:
        return overwrite(bytes, at);
      default: {
        const std::string& other = seeds_[below(seeds_.size())];
        if (!other.empty()) bytes = bytes.substr(0, at) + other.substr(std::min(at, below(other.size())));
        return;
      }
    }
  }

  /// Bytes that mean something in a pickle, a varint, JSON or a length.
  char telling_byte() {
    static constexpr char telling[] = "\0\1\x7f\x80\xff(t}]Rh.uQKc\x93\x94{\"[:,0-\n/";
    return telling[below(sizeof telling - 1)];
  }

  /// A number of 2, 4 or 8 bytes as hostile lengths are.
  void overwrite(std::string& bytes, std::size_t at) {
    const std::array<std::uint64_t, 6> numbers{0, ~0ull, 1ull << 31, 1ull << 62, bytes.size(), bytes.size() - at};
    const std::uint64_t number = numbers[below(numbers.size())];
    const std::size_t width = std::min(std::size_t{2} << below(3), bytes.size() - at);
    bytes.replace(at, width, reinterpret_cast<const char*>(&number), width);
  }

  std::vector<std::string> seeds_;
  std::mt19937 random_{1};
};

void run_every_change(const std::string& bytes) {
  if (bytes.size() > most_cuts) return;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    run(bytes.substr(0, i));
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      run(changed);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} MUTATIONS GOOD_FOLDER [OTHER...]\n", argv[0]);
    return 2;
  }
  std::vector<std::string> seeds;
  for (const auto& file : files_of(argv[2])) {
    const std::string bytes = read_file(file);
    const auto before = cfo::fuzz::tally().read;
    run(bytes);
    if (cfo::fuzz::tally().read == before) {
      fmt::print(stderr, "{} is not read\n", file.string());
      return 1;
    }
    run_every_change(bytes);
    seeds.push_back(bytes);
  }
  for (int i = 3; i < argc; ++i) {
    for (const auto& file : files_of(argv[i])) {
      const std::string bytes = read_file(file);
      run(bytes);
      if (bytes.size() <= longest_mutated) seeds.push_back(bytes);
    }
  }
  if (seeds.empty()) {
    fmt::print(stderr, "{} holds no files\n", argv[2]);
    return 1;
  }
  Mutator mutator(std::move(seeds));
  for (int left = std::stoi(argv[1]); left > 0; --left) run(mutator.next());
  const auto& tally = cfo::fuzz::tally();
  fmt::print("{} inputs read, {} refused\n", tally.read, tally.refused);
  return tally.read > 0 && tally.refused > 0 ? 0 : 1;
}
