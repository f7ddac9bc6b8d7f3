// cfo-codec with a checkpoint file at the official place, in the official container, for every codec of the zoo: what
// the program makes of the file is what the network gives with the same weights. The torch files are written by the
// machine's own Python.
#include <ATen/ATen.h>

#include <set>

#include "tests/support/published_files.h"
#include "tests/support/skip.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

std::vector<codecs::Card> models() {
  std::vector<codecs::Card> cards;
  std::set<std::string> families;
  for (const auto& card : codecs::all_cards()) {
    const bool recorded = fs::exists(fs::path(CFO_SOURCE_DIR) / "tests/golden" / card.name / "golden.h5");
    if (card.backend == "native" && recorded && families.insert(card.family).second)
      cards.push_back(test::recorded_card(card.name));
  }
  return cards;
}

/// The codes that the network gives with the record's weights.
std::vector<at::Tensor> expected_codes(const codecs::Card& card, const fs::path& wav) {
  auto audio = storage::read_audio(wav);
  const auto wave = at::from_blob(audio.samples.data(), {1, 1, static_cast<int64_t>(audio.samples.size())}, at::kFloat);
  const auto codec = codecs::make_codec(card, tensors::WeightScope(test::record_weights(card.name), "record"));
  return codec->quantize(codec->encode(wave)).streams;
}

}  // namespace

TEST_CASE("every codec runs from a checkpoint file in the official container at the official place") {
  if (!has_torch()) {
    skip("/usr/bin/python3 has no torch to write a checkpoint with (scripts/install_packages.sh --test)");
    return;
  }
  const FoldersInMemory in_memory(2 * gigabyte);
  for (const auto& card : models()) {
    CAPTURE(card.name);
    const TemporaryFolder folder;
    copy_cards(folder / "cards");
    {
      TorchWriter python;
      write_files(python, folder / "weights", card);
    }
    write_voice(folder / "in.wav", 0.5, 5, card.sample_rate);
    const auto outcome =
        run_in(folder, fmt::format("cfo-codec {} in.wav out.wav --codes codes.safetensors", card.name),
               {{"CFO_CODECS", (folder / "cards").string()}, {"CFO_WEIGHTS", (folder / "weights").string()}});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(storage::probe_audio(folder / "out.wav").sample_rate == card.sample_rate);
    CHECK(std::abs(storage::probe_audio(folder / "out.wav").frames.value() - card.sample_rate / 2) <= 8 * card.hop);
    // Half a second is rounded up to whole frames; TiCodec adds its 80 bits an utterance, LLM-Codec's and
    // SemantiCodec's records have smaller codebooks.
    const double kbps = figure(outcome.out, "([0-9.]+) kbps"), of_padding = 16.0 * card.hop / card.sample_rate;
    CHECK(kbps > 0.75 * card.bitrate_kbps);
    CHECK(kbps < (1.05 + of_padding) * card.bitrate_kbps + 0.2);
    const auto codes = storage::read_checkpoint(folder / "codes.safetensors");
    const auto expected = expected_codes(card, folder / "in.wav");
    for (std::size_t s = 0; s < expected.size(); ++s) {
      CHECK(at::equal(codes.at(fmt::format("codes.{}", s)), expected[s].squeeze(0)));
    }
  }
}
