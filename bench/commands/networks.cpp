// Commands that measure one network on made-up input: peak, codec, detector, quality.
#include <fmt/format.h>

#include "bench/commands/machine_head.h"
#include "bench/measure/seeded_weights.h"
#include "bench/speed/codec_speed.h"
#include "bench/speed/detector_speed.h"
#include "bench/speed/quality_speed.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/store.h"

namespace cfo::bench {
namespace {

std::shared_ptr<const codecs::Codec> open(const CodecRequest& request, const codecs::Card& card,
                                          const std::string& device) {
  if (request.weights_like.empty()) return weights::load_codec(card, device, request.tables);
  return codec_with_seeded_weights(card, request.weights_like, tensors::parse_device(device));
}

}  // namespace

std::string bench_peak(const Measuring& measuring) {
  const auto machine = describe_machine();
  const auto peaks = measure_peaks(threads_of(measuring, machine), tensors::parse_device(measuring.device));
  if (measuring.json) {
    Json figures = {{"peaks", Json::array()}};
    for (const auto& peak : peaks) figures["peaks"].push_back(peak_json(peak));
    return json_text(machine, measuring.device, figures);
  }
  std::string text = machine_text(machine, measuring.device) + "\n";
  for (const auto& peak : peaks) text += peak_text(peak) + "\n";
  return text;
}

std::string bench_codec(const CodecRequest& request, const Measuring& measuring) {
  const codecs::Card& published = codecs::find_card(request.codec);
  const codecs::Card card =
      request.config.empty() ? published : codecs::with_config(published, std::filesystem::path(request.config));
  const auto codec = open(request, card, measuring.device);
  const auto machine = describe_machine();
  const CodecSettings settings{request.seconds, request.repeat, request.batch, threads_of(measuring, machine),
                               tensors::parse_device(measuring.device)};
  const auto single = measure_peak(1, 0.5, settings.device);
  const auto peaks = measure_peaks(settings.threads, settings.device);
  const auto speed = measure_codec(*codec, settings);
  const CodecFigures figures{speed, single, peaks};
  if (measuring.json) return json_text(machine, measuring.device, codec_json(figures));
  return fmt::format("{}: {} passes of {} x {:g} s at {} Hz{}\n{}\n{}\n{}", card.name, request.repeat, request.batch,
                     request.seconds, card.sample_rate, request.weights_like.empty() ? "" : ", with random weights",
                     machine_text(machine, measuring.device), peak_text(single), codec_text(figures));
}

std::string bench_detector(const DetectorRequest& request, const Measuring& measuring) {
  const auto device = tensors::parse_device(measuring.device);
  const auto machine = describe_machine();
  const auto speed = measure_detector(
      request.detector,
      {.repeat = request.repeat, .batch = request.batch, .samples = request.samples, .device = device});
  if (measuring.json) return json_text(machine, measuring.device, detector_json(speed));
  return fmt::format("{}: {} passes, {} utterances a training step, with random weights\n{}\n\n{}", speed.detector,
                     request.repeat, request.batch, machine_text(machine, measuring.device), detector_text(speed));
}

std::string bench_quality(const QualityRequest& request, const Measuring& measuring) {
  const auto machine = describe_machine();
  const auto times = measure_quality(
      request.weights_like,
      {.seconds = request.seconds, .repeat = request.repeat, .device = tensors::parse_device(measuring.device)});
  if (measuring.json) return json_text(machine, measuring.device, quality_json(request.seconds, times));
  return fmt::format("UTMOS: {} passes of {:g} s, with random weights\n{}\n\n{}", request.repeat, request.seconds,
                     machine_text(machine, measuring.device), quality_text(request.seconds, times));
}

}  // namespace cfo::bench
