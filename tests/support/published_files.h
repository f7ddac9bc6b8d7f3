// The published files of every codec of the zoo, made up: the weights of the golden records in the official containers
// at the official places, and cards that name no digests. The torch files are written by the machine's own Python.
#pragma once

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <regex>
#include <vector>

#include "nodes/networks/codecs/make/make_codec.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/programs.h"
#include "tests/support/record_weights.h"
#include "tests/support/recorded_card.h"

namespace cfo::test {

namespace fs = std::filesystem;

constexpr std::uintmax_t gigabyte = 1'000'000'000;

/// Gigabytes of made-up weights belong into memory, where the machine has a file system for that with twice the room.
class FoldersInMemory {
 public:
  explicit FoldersInMemory(std::uintmax_t bytes) {
    std::error_code none;
    const auto room = fs::space("/dev/shm", none);
    if (!none && room.available >= 2 * bytes) ::setenv("TMPDIR", "/dev/shm", 1);
  }
  FoldersInMemory(const FoldersInMemory&) = delete;
  FoldersInMemory& operator=(const FoldersInMemory&) = delete;
  ~FoldersInMemory() { ::unsetenv("TMPDIR"); }
};

/// The text of a card with the numbers of the model's record.
inline std::string recorded_text(const fs::path& file) {
  auto root = YAML::LoadFile(file.string());
  if (const auto config = test::recorded_card(file.stem().string()).config) root["config"] = YAML::Clone(*config);
  return YAML::Dump(root) + "\n";
}

/// The cards without the digests of the published files: these weights are made up.
inline void copy_cards(const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(codecs::card_folder())) {
    write_file(to / entry.path().filename(),
               std::regex_replace(recorded_text(entry.path()), std::regex("\n *sha256:[^\n]*"), ""));
  }
}

/// Whether the entry holds the tensor: by the file that the record names where the card names it too, else by the
/// longest prefix.
inline bool holds(const codecs::Card& card, const codecs::WeightFile& entry, const std::string& tensor,
                  const std::string& listed) {
  const auto covers = [&](const codecs::WeightFile& file) {  // a file of one tensor gives it the prefix for a name
    return file.prefix.empty() || tensor == file.prefix || tensor.starts_with(file.prefix + ".");
  };
  if (!covers(entry)) return false;
  const bool named =
      std::any_of(card.weights.begin(), card.weights.end(), [&](const auto& file) { return file.file == listed; });
  if (named) return entry.file == listed;
  return std::none_of(card.weights.begin(), card.weights.end(),
                      [&](const auto& other) { return other.prefix.size() > entry.prefix.size() && covers(other); });
}

/// The tensors of the card's entry number `index`, under the names that the network has for them.
inline TensorMap part_of(const codecs::Card& card, std::size_t index, const TensorMap& tensors,
                         const std::map<std::string, std::string>& files) {
  TensorMap part;
  for (const auto& [name, tensor] : tensors) {
    const auto listed = files.find(name);
    if (holds(card, card.weights[index], name, listed == files.end() ? "" : listed->second)) part.emplace(name, tensor);
  }
  return part;
}

/// The machine's Python writing torch files, one after the other, while this process makes up further weights.
class TorchWriter {
 public:
  TorchWriter() : python_(::popen("/usr/bin/python3 '" CFO_SOURCE_DIR "/tests/apps/write_checkpoint.py' -", "w")) {
    REQUIRE(python_ != nullptr);
  }
  TorchWriter(const TorchWriter&) = delete;
  TorchWriter& operator=(const TorchWriter&) = delete;
  ~TorchWriter() { CHECK(::pclose(python_) == 0); }

  /// Arguments as write_checkpoint.py has them. It removes the first, the file with the tensors.
  void add(const std::vector<std::string>& arguments) {
    fmt::print(python_, "{}\n", fmt::join(arguments, "\t"));
    std::fflush(python_);
  }

 private:
  std::FILE* python_;
};

/// Whether the machine's Python can write torch files.
inline bool has_torch() {
  return std::system("/usr/bin/python3 -c \"import importlib.util as u; exit(u.find_spec('torch') is None)\"") == 0;
}

/// Writes a file of the card: all entries of one path.
inline void write_one(TorchWriter& python, const fs::path& target, const codecs::Card& card,
                      const std::vector<codecs::WeightFile>& entries, TensorMap tensors) {
  const auto& first = entries.front();
  const bool dictionaries = entries.size() > 1;  // one state dict an entry, side by side
  if (!dictionaries && !first.prefix.empty()) {
    TensorMap bare;
    for (const auto& [name, tensor] : tensors)
      bare.emplace(name == first.prefix ? "tensor" : name.substr(first.prefix.size() + 1), tensor);
    tensors = std::move(bare);
  }
  fs::create_directories(target.parent_path());
  if (first.container == "safetensors") return storage::write_safetensors(target, tensors);
  const std::string plain = target.string() + ".plain";
  storage::write_safetensors(plain, tensors);
  std::string top;
  for (const auto& entry : entries) top += dictionaries ? entry.prefix + "," : "";
  const auto nesting = dictionaries ? "" : fmt::format("{}", fmt::join(first.nesting, "."));
  std::vector<std::string> arguments{plain, target.string(), nesting, top};
  if (first.container == "nemo") {
    arguments.push_back(target.string() + ".yaml");
    write_file(arguments.back(), YAML::Dump(*card.config) + "\n");
  }
  python.add(arguments);
}

/// Has the card's files written below `root`, but those that are there or on their way: models share files. They are
/// there when `python` is gone.
inline void write_files(TorchWriter& python, const fs::path& root, const codecs::Card& card) {
  std::map<fs::path, std::vector<codecs::WeightFile>> entries;
  for (const auto& entry : card.weights) {
    const auto path = root / entry.folder / entry.file;
    if (!fs::exists(path) && !fs::exists(path.string() + ".plain")) entries[path].push_back(entry);
  }
  if (entries.empty()) return;
  const auto tensors = test::record_weights(card.name);
  const auto files = test::record_files(card.name);
  std::map<fs::path, TensorMap> contents;
  for (std::size_t i = 0; i < card.weights.size(); ++i) {
    contents[root / card.weights[i].folder / card.weights[i].file].merge(part_of(card, i, tensors, files));
  }
  for (const auto& [path, of_path] : entries) write_one(python, path, card, of_path, contents[path]);
}

}  // namespace cfo::test
