#include "nodes/recode/recode.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "base/parallel.h"
#include "engine/kind/kind.h"
#include "engine/runtime/flow.h"
#include "nodes/kinds/register.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/weights/store.h"
#include "storage/audio/audio.h"

namespace cfo::recode {
namespace {

using engine::Work;
namespace fields = kinds::fields;

const engine::Field<double> codec_seconds{"codec_seconds", "wall time in the codec alone, s"};
const engine::Field<int64_t> clipped{"clipped", "samples that were clipped"};

class ReadFile : public engine::Node {
 public:
  ReadFile(const std::vector<FileJob>& jobs, const Hooks& hooks) : jobs_(jobs), hooks_(hooks) {}
  void process(std::span<Work> batch) override {
    for (auto& work : batch) {
      const FileJob& job = jobs_[work.output.index];
      hooks_.began(job);
      auto audio = storage::read_audio(job.input);
      for (const auto& remark : audio.remarks) hooks_.remarked(job, remark);
      work.output.seconds = audio.seconds();
      work.output.set(fields::audio, std::move(audio));
    }
  }

 private:
  const std::vector<FileJob>& jobs_;
  const Hooks& hooks_;
};

class WriteFile : public engine::Node {
 public:
  explicit WriteFile(const std::vector<FileJob>& jobs) : jobs_(jobs) {}
  void process(std::span<Work> batch) override {
    for (auto& work : batch) {
      const auto& output = jobs_[work.output.index].output;
      const auto& audio = work.inputs.front()->get(fields::audio);
      const auto pcm = storage::to_pcm16(audio.samples);
      if (output.has_parent_path()) std::filesystem::create_directories(output.parent_path());
      storage::write_audio(output, pcm.samples, audio.sample_rate);
      work.output.set(clipped, static_cast<int64_t>(pcm.clipped));
    }
  }

 private:
  const std::vector<FileJob>& jobs_;
};

/// Another node, adding up what each item took in the field codec_seconds.
class Timed : public engine::Node {
 public:
  explicit Timed(std::unique_ptr<engine::Node> node) : node_(std::move(node)) {}
  void process(std::span<Work> batch) override {
    const auto start = std::chrono::steady_clock::now();
    node_->process(batch);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    for (auto& work : batch) {
      const double before = work.output.has(codec_seconds) ? work.output.get(codec_seconds) : 0;
      work.output.set(codec_seconds, before + took.count() / static_cast<double>(batch.size()));
    }
  }

 private:
  std::unique_ptr<engine::Node> node_;
};

double code_bits(const codecs::Codes& codes, const std::vector<int64_t>& codebook_sizes) {
  double bits = 0;
  std::size_t codebook = 0;
  for (const auto& stream : codes.streams) {
    for (int64_t row = 0; row < stream.size(1); ++row, ++codebook) {
      const int64_t size = codebook_sizes[std::min(codebook, codebook_sizes.size() - 1)];
      bits += static_cast<double>(stream.size(0) * stream.size(2)) * std::log2(static_cast<double>(size));
    }
  }
  return bits;
}

Recoded recoded(const engine::Item& item, const codecs::Codec& codec) {
  const auto& codes = item.get(fields::codes);
  Recoded result{.audio_seconds = item.seconds,
                 .codec_seconds = item.get(codec_seconds),
                 .bits = code_bits(codes, codec.codebook_sizes()),
                 .snr_db = item.get(fields::snr_db).value,
                 .clipped = item.get(clipped),
                 .codes = {}};
  for (const auto& stream : codes.streams) result.codes.push_back(stream[0].to(at::kCPU).contiguous());
  return result;
}

/// The bodies of node kinds for one codec.
class Kinds {
 public:
  explicit Kinds(const Settings& settings) : settings_(settings) {
    if (settings.tables) needs_.push_back({"tables", "fit_codec", {}, {*settings.tables}});
  }

  std::unique_ptr<engine::Node> make(const char* kind, int64_t rate = 0) const {
    engine::Parameters parameters;
    for (const auto& described : registry_.find(kind)->parameters)
      if (described.default_value) parameters.set(described.name, *described.default_value);
    parameters.set("codec", engine::Value(settings_.codec));
    parameters.set("rate", engine::Value(rate));
    return registry_.find(kind)->make({.parameters = parameters,
                                       .bindings = {},
                                       .seed = 0,
                                       .unit = "",
                                       .device = settings_.device,
                                       .files = {},
                                       .needs = needs_,
                                       .graph_digest = "",
                                       .source_digest = ""});
  }
  std::unique_ptr<engine::Node> make_timed(const char* kind) const { return std::make_unique<Timed>(make(kind)); }

 private:
  const Settings& settings_;
  const engine::Registry registry_ = kinds::make_registry();
  std::vector<engine::Artifact> needs_;
};

std::vector<engine::FlowNode> nodes_for(const std::vector<FileJob>& jobs, const Settings& settings, const Hooks& hooks,
                                        int64_t codec_rate, std::size_t threads) {
  const Kinds kinds(settings);
  const int64_t output_rate = settings.rate > 0 ? settings.rate : codec_rate;
  std::vector<engine::FlowNode> nodes;
  const auto add = [&](const char* name, std::unique_ptr<engine::Node> body, std::vector<std::size_t> inputs) {
    nodes.push_back({.name = name, .body = std::move(body), .inputs = std::move(inputs), .concurrency = threads});
    return nodes.size() - 1;
  };
  const auto read = add("read", std::make_unique<ReadFile>(jobs, hooks), {});
  const auto input = add("input", kinds.make("resample", codec_rate), {read});
  const auto latent = add("latent", kinds.make_timed("encode"), {input});
  const auto codes = add("codes", kinds.make_timed("quantize"), {latent});
  const auto wave = add("wave", kinds.make_timed("decode"), {codes});
  const auto measured = add("measured", kinds.make("measure_snr"), {wave, input});
  const auto output = add("output", kinds.make("resample", output_rate), {measured});
  add("write", std::make_unique<WriteFile>(jobs), {output});
  return nodes;
}

}  // namespace

void recode(const std::vector<FileJob>& jobs, const Settings& settings, const std::atomic<bool>& stop,
            const Hooks& hooks) {
  const auto& card = codecs::find_card(settings.codec);
  const auto codec = weights::load_codec(card, settings.device, settings.tables);  // the nodes share its network
  const auto threads = static_cast<std::size_t>(settings.threads > 0 ? settings.threads : core_count());
  auto nodes = nodes_for(jobs, settings, hooks, card.sample_rate, threads);
  engine::FlowSettings flow;
  flow.threads = static_cast<int>(threads);
  flow.in_flight = threads + 1;  // one more than are worked on, so that none waits for its reading
  flow.stop = &stop;
  flow.on_item_done = [&](const engine::Item& item) {
    const FileJob& job = jobs[item.index];
    item.failure ? hooks.failed(job, *item.failure) : hooks.done(job, recoded(item, *codec));
  };
  engine::run_flow(
      nodes, jobs.size(),
      [&](std::size_t index) {
        engine::Item item;
        item.index = index;
        item.id = jobs[index].name;
        item.seconds = jobs[index].seconds;
        return item;
      },
      flow);
}

}  // namespace cfo::recode
