// cfo-codec with a checkpoint file at the official place, in the official container, for every codec of the zoo: what the program makes of
// the file is what the network gives with the same weights. The torch files are written by the machine's own Python.
#include <ATen/ATen.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "nodes/codecs/family.h"
#include "storage/checkpoint.h"
#include "tests/networks/record_weights.h"
#include "tests/programs/support.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

constexpr int no_torch = 3;

/// Files that hold several state dicts side by side: their keys.
const std::map<std::string, std::string> state_dicts = {
    {"HiFi_Codec_16k_320d_large_universal", "generator,encoder,quantizer"},
    {"bigcodec", "CodecEnc,generator"},
    {"ticodec_1g1r", "generator,encoder,quantizer"},
    {"ticodec_1g2r", "generator,encoder,quantizer"},
    {"ticodec_1g4r", "generator,encoder,quantizer"},
};
/// Written as torch before 1.6 did, so that this container is seen from end to end too.
const std::set<std::string> legacy = {"HiFi_Codec_16k_320d_large_universal"};

std::vector<codecs::Card> models() {
  std::vector<codecs::Card> cards;
  std::set<std::string> families;
  for (const auto& card : codecs::all_cards()) {
    const bool recorded = fs::exists(fs::path(CFO_SOURCE_DIR) / "tests/golden" / card.name / "golden.h5");
    if (card.backend == "native" && recorded && families.insert(card.family).second) cards.push_back(card);
  }
  return cards;
}

/// The cards without the digests of the published files: these weights are made up.
void copy_cards(const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(codecs::card_folder())) {
    write_file(to / entry.path().filename(), std::regex_replace(bytes_of(entry.path()), std::regex("\n *sha256:[^\n]*"), ""));
  }
}

/// The tensors of `card`'s file number `index`, under the names they have in it.
layers::TensorMap part_of(const codecs::Card& card, std::size_t index, const layers::TensorMap& tensors, const std::map<std::string, std::string>& files) {
  const auto& file = card.weights[index];
  layers::TensorMap part;
  for (const auto& [name, tensor] : tensors) {
    const auto listed = files.find(name);
    const bool elsewhere = card.weights.size() > 1 && file.prefix.empty() && listed != files.end() && listed->second != file.file;
    const std::string lead = file.prefix.empty() ? "" : file.prefix + ".";
    if (!elsewhere && name.starts_with(lead)) part.emplace(name.substr(lead.size()), tensor);
  }
  return part;
}

/// Writes the card's files below `root`; false where Python has no torch.
bool write_files(const TemporaryFolder& folder, const fs::path& root, const codecs::Card& card) {
  const auto tensors = tests::record_weights(card.name);
  const auto files = tests::record_files(card.name);
  for (std::size_t i = 0; i < card.weights.size(); ++i) {
    const auto& file = card.weights[i];
    const fs::path target = root / file.folder / file.file, plain = folder / "plain.safetensors";
    fs::create_directories(target.parent_path());
    storage::write_safetensors(file.container == "safetensors" ? target : plain, part_of(card, i, tensors, files));
    if (file.container == "safetensors") continue;
    const auto top = state_dicts.count(card.name) > 0 ? state_dicts.at(card.name) : "";
    const std::string command = fmt::format("/usr/bin/python3 '{}/tests/programs/write_checkpoint.py' '{}' '{}' '{}' '{}' {}", CFO_SOURCE_DIR,
                                            plain.string(), target.string(), fmt::join(file.nesting, "."), top,
                                            legacy.count(card.name) > 0 ? "legacy" : "");
    const int status = std::system(command.c_str());
    if (WIFEXITED(status) && WEXITSTATUS(status) == no_torch) return false;
    REQUIRE_MESSAGE(status == 0, command);
  }
  return true;
}

/// The codes that the network gives with the record's weights.
std::vector<at::Tensor> expected_codes(const codecs::Card& card, const fs::path& wav) {
  auto audio = storage::read_audio(wav);
  const auto wave = at::from_blob(audio.samples.data(), {1, 1, static_cast<int64_t>(audio.samples.size())}, at::kFloat);
  const auto codec = codecs::make_codec(card, layers::WeightScope(tests::record_weights(card.name), "record"));
  return codec->quantize(codec->encode(wave)).streams;
}

}  // namespace

TEST_CASE("every codec runs from a checkpoint file in the official container at the official place") {
  for (const auto& card : models()) {
    CAPTURE(card.name);
    const TemporaryFolder folder;
    copy_cards(folder / "cards");
    if (!write_files(folder, folder / "weights", card)) {
      MESSAGE("skipped: /usr/bin/python3 has no torch to write a checkpoint with (scripts/install_packages.sh --test)");
      return;
    }
    write_voice(folder / "in.wav", 0.5, 5, card.sample_rate);
    const auto outcome = run_in(folder, fmt::format("cfo-codec {} in.wav out.wav --codes codes.safetensors", card.name),
                                {{"CFO_CODECS", (folder / "cards").string()}, {"CFO_WEIGHTS", (folder / "weights").string()}});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(storage::probe_audio(folder / "out.wav").sample_rate == card.sample_rate);
    CHECK(std::abs(storage::probe_audio(folder / "out.wav").frames - card.sample_rate / 2) <= 8 * card.hop);
    const auto codes = storage::read_checkpoint(folder / "codes.safetensors");
    const auto expected = expected_codes(card, folder / "in.wav");
    for (std::size_t s = 0; s < expected.size(); ++s) {
      CHECK(at::equal(codes.at(fmt::format("codes.{}", s)), expected[s].squeeze(0)));
    }
  }
}
