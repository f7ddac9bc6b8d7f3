// A changed or shortened file is read or refused by an Error; it never crashes and never gives a tensor out of bounds.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "checkpoint_fixtures.h"
#include "storage/checkpoint_container.h"

using namespace cfo;
using namespace cfo::checkpoint_fixtures;

namespace {

struct Outcome {
  int read = 0;
  int refused = 0;
  double sum = 0;  ///< touches every element, so that a sanitizer sees one that is out of bounds
};

/// Reads from memory of exactly the file's size, where a sanitizer sees every byte beyond.
void try_reading(const std::string& bytes, Outcome& outcome) {
  const storage::CheckpointBytes file = storage::bytes_in_memory("mutant", bytes);
  try {
    if (bytes.empty()) return;
    for (const auto& [name, tensor] : storage::read_checkpoint(file))
      if (tensor.numel() > 0) outcome.sum += tensor.to(at::kDouble).nan_to_num(0, 0, 0).sum().item<double>();
    storage::describe_checkpoint(file);
    ++outcome.read;
  } catch (const Error& error) {
    CHECK(std::string_view(error.what()).starts_with("mutant"));
    ++outcome.refused;
  }
}

/// A pickle with one of everything, so that mutations reach every opcode.
std::string rich_pickle() {
  Pickle pickle;
  pickle.raw("}q\x01(");
  pickle.text("w").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1});
  pickle.text("mask").tensor("BoolStorage", "1", 2, 0, {2}, {1});
  pickle.text("p").global("torch._utils", "_rebuild_parameter").raw("(");
  pickle.tensor("FloatStorage", "0", 6, 2, {2}, {2}).raw("\x88").ordered_dict().raw("tR");
  pickle.text("list").raw("](K\x01").integer(5).raw("NG\x3f\x50\x62\x4d\xd2\xf1\xa9\xfc").raw("C\x02hie");
  pickle.text("object")
      .global("a.b", "C")
      .raw(")\x81}b")
      .text("set")
      .global("builtins", "set")
      .raw("(]K\x01")
      .raw("atR");
  pickle.text("size").global("torch", "Size").raw("(").integers({2, 3}).raw("tR").text("memo").raw("h\x01");
  return pickle.raw("u").stop();
}

const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});
const std::string two_bools("\1\0", 2);

std::string rich_torch_file() { return torch_file(rich_pickle(), {{"0", six}, {"1", two_bools}}, {.alignment = 8}); }
std::string rich_legacy_file() { return legacy_file(rich_pickle(), {{"0", six}, {"1", two_bools, 1}}); }

void mutate(const std::string& original, int rounds, std::uint32_t seed, Outcome& outcome) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  constexpr unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff, '(', 't', '}', ']', 'R', 'h', '.', 'u', 'Q', 'K', 0x94};
  for (int round = 0; round < rounds; ++round) {
    std::string bytes = original;
    for (std::size_t changes = 1 + below(4); changes-- > 0;) {
      char& byte = bytes[below(bytes.size())];
      byte = below(2) ? static_cast<char>(random()) : static_cast<char>(telling[below(sizeof telling)]);
    }
    try_reading(bytes, outcome);
  }
}

void every_byte(const std::string& original, Outcome& outcome) {
  for (std::size_t i = 0; i < original.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bytes = original;
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      try_reading(bytes, outcome);
    }
  }
}

void every_length(const std::string& original, Outcome& outcome) {
  for (std::size_t length = 1; length < original.size(); ++length) try_reading(original.substr(0, length), outcome);
}

}  // namespace

TEST_CASE("every byte of a checkpoint changed, and every shorter file: read or refused, never a crash") {
  for (const std::string& original : {small_safetensors_file(), small_torch_file({.alignment = 1, .zip64 = true}),
                                      rich_torch_file(), small_legacy_file(), rich_legacy_file(), small_npy_file()}) {
    Outcome whole;
    every_byte(original, whole);
    CHECK(whole.read > 0);  // changed values are still values
    CHECK(whole.refused > 0);
    Outcome cut;
    every_length(original, cut);
    CHECK(cut.read == 0);
  }
}

TEST_CASE("every byte of a .nemo file changed, and every shorter file: read or refused, never a crash") {
  const auto plain = tar_file(
      {{"model_config.yaml", "a: 1"}, {"model_weights.ckpt", small_torch_file({.alignment = 1, .zip64 = true})}});
  for (const std::string& original : {plain, gzip_file(plain)}) {
    Outcome whole;
    every_byte(original, whole);
    CHECK(whole.read > 0);
    CHECK(whole.refused > 0);
    Outcome cut;
    every_length(original, cut);
    CHECK(cut.refused > 2000);  // a plain archive may lack its last, empty blocks
  }
}

TEST_CASE("random mutations with fixed seeds give the same outcome twice") {
  const auto run = [] {
    Outcome outcome;
    mutate(small_safetensors_file(), 2000, 1, outcome);
    mutate(small_torch_file({.alignment = 1, .zip64 = false}), 1500, 2, outcome);
    mutate(rich_torch_file(), 2000, 3, outcome);
    mutate(rich_legacy_file(), 2000, 5, outcome);
    return outcome;
  };
  const Outcome first = run();
  const Outcome second = run();
  CHECK(first.read + first.refused == 7500);
  CHECK(first.read == second.read);
  CHECK(first.refused == second.refused);
  CHECK(first.read > 100);
}

TEST_CASE("mutations of the broken files") {
  Outcome outcome;
  const auto folder = std::filesystem::path(CFO_SOURCE_DIR) / "tests" / "broken" / "checkpoints";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".pt" && entry.path().extension() != ".safetensors" &&
        entry.path().extension() != ".npy")
      continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!bytes.empty() && bytes.size() < 3000 && entry.path().stem() != "pt_billion_laughs")
      mutate(bytes, 20, 4, outcome);
  }
  CHECK(outcome.refused > 500);
}
