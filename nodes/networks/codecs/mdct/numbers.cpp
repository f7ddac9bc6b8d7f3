#include "nodes/networks/codecs/mdct/numbers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/mdct/packing.h"

namespace cfo::codecs::mdct {
namespace {

Quantizer quantizer_of(const Card& card) {
  if (card.family == "mdct_rvq") return Quantizer::residual;
  if (card.family == "mdct_vq") return Quantizer::single;
  if (card.family == "mdct_fsq") return Quantizer::scalar;
  throw Error("{}: the family '{}' is unknown here; the MDCT families are mdct_rvq, mdct_vq and mdct_fsq", card.file.string(), card.family);
}

Window window_of(const Config& config) {
  const auto name = config.get<std::string>("window");
  if (name == "sine") return Window::sine;
  if (name == "kaiser_bessel") return Window::kaiser_bessel;
  throw Error("{}.window is '{}'; give sine or kaiser_bessel", config.where(), name);
}

int64_t between(const Config& config, std::string_view key, int64_t low, int64_t high) {
  const auto value = config.get<int64_t>(key);
  if (value < low || value > high) throw Error("{}.{} is {}; give {} to {}", config.where(), key, value, low, high);
  return value;
}

double share(const Config& config, std::string_view key) {
  const auto value = config.get<double>(key);
  if (!(value >= 0 && value <= 1)) throw Error("{}.{} is {}; give 0 to 1", config.where(), key, value);
  return value;
}

std::vector<int64_t> all_between(const Config& config, std::string_view key, int64_t low, int64_t high) {
  auto values = config.get<std::vector<int64_t>>(key);
  const bool fit =
      std::all_of(values.begin(), values.end(), [&](int64_t value) { return value >= low && value <= high; });
  if (values.empty() || !fit) throw Error("{}.{} needs numbers from {} to {}", config.where(), key, low, high);
  return values;
}

int64_t sum(const std::vector<int64_t>& values) { return std::accumulate(values.begin(), values.end(), int64_t{0}); }

void read_blocks(Numbers& numbers, const Config& shape) {
  numbers.block = between(shape, "block", 2, numbers.frame);
  if (numbers.frame % numbers.block != 0) {
    throw Error("{}.block is {} but must divide the frame of {} bins", shape.where(), numbers.block, numbers.frame);
  }
  const int64_t most = numbers.frame / numbers.block * numbers.stages;
  numbers.shape_tokens = between(shape, "tokens", 1, most);
}

void read_residual(Numbers& numbers, const Config& envelope, const Config& shape) {
  constexpr int64_t most_stages = 16;
  numbers.envelope_stages = between(envelope, "stages", 1, most_stages);
  numbers.stages = between(shape, "stages", 1, most_stages);
  numbers.weighting = share(shape, "weighting");
  read_blocks(numbers, shape);
  numbers.tokens = numbers.envelope_stages + numbers.shape_tokens;
}

void read_single(Numbers& numbers, const Config& envelope, const Config& shape) {
  read_blocks(numbers, shape);
  numbers.envelope_split = all_between(envelope, "split", 1, numbers.block);
  numbers.envelope_flattening = share(envelope, "flattening");
  numbers.tokens = static_cast<int64_t>(numbers.envelope_split.size()) + numbers.shape_tokens;
}

void read_scalar(Numbers& numbers, const Config& envelope, const Config& shape) {
  numbers.envelope_levels = all_between(envelope, "levels", 2, numbers.codebook_size);
  numbers.shape_levels = all_between(shape, "levels", 2, numbers.codebook_size);
  numbers.shape_bins = all_between(shape, "bins", 1, numbers.frame);
  if (numbers.shape_bins.size() != numbers.shape_levels.size() || sum(numbers.shape_bins) > numbers.frame) {
    throw Error("{} needs one number of bins for each number of levels, {} in all at most", shape.where(),
                numbers.frame);
  }
  numbers.tokens = Packing(index_sizes(numbers), numbers.codebook_size, numbers.where).tokens();
}

/// What the card promises to its readers must follow from its config.
void check_promises(const Card& card, const Numbers& numbers) {
  const auto expect = [&](std::string_view key, double value, double expected) {
    constexpr double rounding = 0.005;  // the card may round
    if (std::abs(value - expected) > rounding * expected) {
      throw Error("{}: {} is {} but follows as {} from the other numbers", numbers.where, key, value, expected);
    }
  };
  const auto tokens = static_cast<double>(numbers.tokens);
  const bool in_a_row = numbers.quantizer == Quantizer::single;
  const double hop = static_cast<double>(numbers.frame) / (in_a_row ? tokens : 1.0);
  expect("codebooks", static_cast<double>(card.codebooks), in_a_row ? 1.0 : tokens);
  expect("hop", static_cast<double>(card.hop), hop);
  const double frame_rate = static_cast<double>(card.sample_rate) / hop;
  expect("frame_rate", card.frame_rate, frame_rate);
  const double bits = static_cast<double>(card.codebooks) * std::log2(static_cast<double>(card.codebook_size));
  expect("bitrate_kbps", card.bitrate_kbps, bits * frame_rate / 1000);
}

}  // namespace

int64_t Numbers::principal_directions() const {
  return quantizer == Quantizer::single ? sum(envelope_split) : static_cast<int64_t>(envelope_levels.size());
}

Numbers read_numbers(const Card& card) {
  const Config config(card);
  Numbers numbers;
  numbers.where = card.file.string();
  numbers.quantizer = quantizer_of(card);
  numbers.sample_rate = card.sample_rate;
  numbers.codebook_size = card.codebook_size;
  if (card.codebook_size < 2)
    throw Error("{}: codebook_size is {}; give at least 2", numbers.where, card.codebook_size);
  numbers.frame = between(config, "frame", 32, 4096);
  if (numbers.frame % 2 != 0) throw Error("{}.frame is {} but must be even", config.where(), numbers.frame);
  numbers.window = window_of(config);
  numbers.bands = between(config, "bands", 4, numbers.frame / 8);
  numbers.fill = share(config, "fill");
  const auto envelope = config.section("envelope"), shape = config.section("shape"), fit = config.section("fit");
  switch (numbers.quantizer) {
    case Quantizer::residual:
      read_residual(numbers, envelope, shape);
      break;
    case Quantizer::single:
      read_single(numbers, envelope, shape);
      break;
    case Quantizer::scalar:
      read_scalar(numbers, envelope, shape);
      break;
  }
  if (numbers.quantizer != Quantizer::residual && numbers.principal_directions() > numbers.bands) {
    throw Error("{} codes {} directions of an envelope of {} bands; code fewer", envelope.where(),
                numbers.principal_directions(), numbers.bands);
  }
  constexpr int64_t many = int64_t{1} << 24;
  numbers.fit_frames = between(fit, "frames", 2 * numbers.codebook_size, many);
  numbers.fit_vectors = between(fit, "vectors", numbers.codebook_size, many);
  numbers.fit_iterations = between(fit, "iterations", 1, 1000);
  check_promises(card, numbers);
  return numbers;
}

}  // namespace cfo::codecs::mdct
