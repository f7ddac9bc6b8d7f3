// resample: audio at another sample rate.
#include <algorithm>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/codecs/card.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

/// The rate that the parameters ask for, Hz. Throws Error for `rate: codec` without a known codec.
int64_t rate_of(const engine::Parameters& parameters) {
  if (!parameters.is_choice("rate")) return parameters.integer("rate");
  const std::string& codec = parameters.text("codec");
  if (codec.empty()) throw Error("rate: codec needs a codec: add e.g. codec: $codec");
  return codecs::find_card(codec).sample_rate;
}

class Resample : public engine::Node {
 public:
  explicit Resample(int64_t rate) : rate_(rate) {}

  void process(std::span<engine::Work> batch) override {
    for (auto& work : batch) {
      const auto& audio = work.inputs.front()->get(fields::audio);
      if (audio.samples.empty()) throw Error("the audio is empty");
      if (audio.sample_rate != rate_) work.output.set(fields::audio, storage::resample(audio, rate_));
    }
  }

 private:
  int64_t rate_;
};

std::vector<std::string> check(const engine::Parameters& parameters) {
  try {
    rate_of(parameters);
    return {};
  } catch (const Error& error) {
    return {error.what()};
  }
}

}  // namespace

engine::Kind resample_kind() {
  return {.name = "resample",
          .summary = "audio at another sample rate (libsoxr, very high quality)",
          .role = engine::Role::transform,
          .ports = {{.name = "in", .reads = {fields::audio}}},
          .writes = {fields::audio},
          .parameters = {{.name = "rate",
                          .type = engine::Type::integer,
                          .summary = "sample rate of the result; codec: the rate of the codec",
                          .unit = "Hz",
                          .min = 1000,
                          .max = 384000,
                          .choices = {"codec"}},
                         {.name = "codec",
                          .type = engine::Type::text,
                          .summary = "the codec whose rate is used with rate: codec",
                          .default_value = engine::Value("")}},
          .check = check,
          .make = [](const engine::NodeContext& context) {
            return std::make_unique<Resample>(rate_of(context.parameters));
          }};
}

}  // namespace cfo::kinds
