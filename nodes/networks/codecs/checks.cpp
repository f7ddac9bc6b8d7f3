#include "nodes/networks/codecs/checks.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace cfo::codecs {
namespace {

std::string described(const at::Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  return fmt::format("{} [{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
}

}  // namespace

void check_wave(const Card& card, const at::Tensor& wave, int64_t shortest) {
  if (!wave.defined() || wave.dim() != 3 || wave.scalar_type() != at::kFloat || wave.size(0) < 1 || wave.size(1) != 1) {
    throw Error("codec '{}' takes audio as float32 [B, 1, T] but got {}; mix to one channel first", card.name,
                described(wave));
  }
  if (wave.size(2) < shortest) {
    throw Error("codec '{}' needs at least {} samples at {} Hz but got {}; leave so short an utterance out", card.name,
                shortest, card.sample_rate, wave.size(2));
  }
}

void check_streams(const Card& card, const Codes& codes, std::size_t streams) {
  if (codes.streams.size() != streams) {
    throw Error("codec '{}' has {} code stream(s) but got {}; the codes belong to another codec", card.name, streams,
                codes.streams.size());
  }
  for (const auto& stream : codes.streams) {
    if (!stream.defined() || stream.dim() != 3 || stream.scalar_type() != at::kLong ||
        stream.size(0) != codes.streams.front().size(0)) {
      throw Error("codec '{}' takes codes as int64 [B, K, F] but got {}", card.name, described(stream));
    }
  }
}

at::Tensor extra(const Card& card, const std::map<std::string, at::Tensor>& extras, const std::string& name) {
  const auto found = extras.find(name);
  if (found == extras.end())
    throw Error("codec '{}' needs '{}' beside its frames, but the stage before gave none", card.name, name);
  return found->second;
}

}  // namespace cfo::codecs
