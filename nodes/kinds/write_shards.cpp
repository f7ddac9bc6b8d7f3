// write_shards: the sink that stores utterances, one HDF5 shard a unit.
#include <algorithm>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/codec_node.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/weights/store.h"
#include "storage/audio/audio.h"
#include "storage/audio/levels.h"
#include "storage/run_folder/ledger.h"
#include "storage/shards/shard.h"

namespace cfo::kinds {
namespace {

/// Written in place of a codec's name where the speech went through none.
const std::string bona_fide = "bonafide";

/// Bytes a second of 16-bit audio at 16 kHz after deflate, codes and measures beside it.
constexpr int bytes_per_second = 30000;

/// Whether the speech is bona fide speech that a codec coded and decoded: not a set of generated speech, which may hold
/// bona fide utterances as well as spoofed ones.
bool is_of_a_codec(const engine::Parameters& parameters) { return parameters.text("labels") == "codec"; }

storage::ShardAttributes attributes_of(const engine::NodeContext& context) {
  const auto& parameters = context.parameters;
  storage::ShardAttributes attributes;
  attributes.codec = parameters.text("codec");
  attributes.split = parameters.text("split");
  attributes.sample_rate = parameters.integer("rate");
  attributes.codec_sample_rate = attributes.sample_rate;
  attributes.graph_digest = context.graph_digest;
  attributes.corpus_digest = context.source_digest;
  attributes.engine_version = CFO_VERSION;
  attributes.device = storage::device_types(context.device);
  if (attributes.codec == bona_fide || !is_of_a_codec(parameters)) return attributes;
  const auto& card = codecs::find_card(attributes.codec);
  attributes.family = card.family;
  attributes.quantizer = card.quantizer;
  attributes.auxiliary = card.auxiliary;
  attributes.decoder = card.decoder;
  attributes.codec_sample_rate = card.sample_rate;
  const auto tables = fitted_tables(context.needs, card.name);
  // The weights of a fitted codec are its tables: they are known here when this node needs their task, too.
  if (card.backend != "fitted" || tables) attributes.weights_digest = weights::weights_digest(card, tables);
  return attributes;
}

storage::CodeMatrix matrix_of(const at::Tensor& stream) {
  if (stream.dim() != 3)
    throw Error("a stream of codes has {} dimensions instead of 3 (batch, codebook, frame)", stream.dim());
  const at::Tensor codes = stream.to(at::kCPU, at::kInt).select(0, 0).contiguous();
  const int32_t* const values = codes.data_ptr<int32_t>();
  return {.codebooks = codes.size(0), .frames = codes.size(1), .values = {values, values + codes.numel()}};
}

class WriteShards : public engine::Node {
 public:
  explicit WriteShards(const engine::NodeContext& context)
      : attributes_(attributes_of(context)),
        labelled_by_corpus_(context.parameters.text("labels") == "corpus"),
        measures_(context.parameters.texts("measures")),
        writer_(context.files.front(), attributes_) {}

  void process(std::span<engine::Work> batch) override {
    for (auto& work : batch) {
      const auto utterance = utterance_of(*work.inputs.front());
      if (const std::string remark = remark_on(*work.inputs.front(), utterance); !remark.empty())
        work.output.remarks.push_back({"", remark});
      writer_.add(utterance);
      note_weights(*work.inputs.front());
    }
  }

  void finish() override { writer_.finish(); }

 private:
  /// What is odd about levels after resampling and coding. What was odd before is told by the node that read it.
  static std::string remark_on(const engine::Item& item, const storage::ShardUtterance& utterance) {
    if (!item.remarks.empty()) return "";
    const bool silent =
        std::all_of(utterance.audio.begin(), utterance.audio.end(), [](auto sample) { return sample == 0; });
    if (silent) return "is stored as silence: every sample is zero";
    return storage::clipping_remark(static_cast<std::size_t>(utterance.measures.at("clipped")), utterance.audio.size());
  }

  storage::ShardUtterance utterance_of(const engine::Item& item) const {
    const auto& audio = item.get(fields::audio);
    if (audio.sample_rate != attributes_.sample_rate) {
      throw Error(
          "the audio is at {} Hz, but the shard holds {} Hz; put a resample node with rate: {} before write_shards",
          audio.sample_rate, attributes_.sample_rate, attributes_.sample_rate);
    }
    if (audio.samples.empty()) throw Error("the audio is empty");
    auto pcm = storage::to_pcm16(audio.samples);
    storage::ShardUtterance utterance;
    utterance.utterance_id = item.id;
    utterance.speaker_id = item.get(fields::speaker);
    utterance.label = label_of(item);
    utterance.audio = std::move(pcm.samples);
    if (item.has(fields::codes)) {
      for (const auto& stream : item.get(fields::codes).streams) utterance.codes.push_back(matrix_of(stream));
    }
    utterance.measures["clipped"] = static_cast<double>(pcm.clipped);
    for (const auto& name : measures_) utterance.measures[name] = item.get(fields::measure(name)).value;
    return utterance;
  }

  /// Stores with which weights a measure was made (UTMOS).
  void note_weights(const engine::Item& item) {
    for (const auto& name : measures_) {
      const auto& digest = item.get(fields::measure(name)).weights_digest;
      if (!digest.empty()) writer_.note_weights(name, digest);
    }
  }

  storage::Label label_of(const engine::Item& item) const {
    if (labelled_by_corpus_) return item.get(fields::label);
    if (attributes_.codec != bona_fide) return storage::Label::spoof;
    if (item.get(fields::label) == storage::Label::spoof) {
      throw Error("the corpus calls this utterance spoofed, so it cannot be stored as bona fide speech");
    }
    return storage::Label::bona_fide;
  }

  storage::ShardAttributes attributes_;
  bool labelled_by_corpus_;
  std::vector<std::string> measures_;
  storage::ShardWriter writer_;
};

std::vector<engine::Read> measures_read(const engine::Parameters& parameters) {
  std::vector<engine::Read> reads;
  for (const auto& name : parameters.texts("measures")) reads.emplace_back(fields::measure(name));
  return reads;
}

std::vector<std::string> check(const engine::Parameters& parameters) {
  const bool is_bona_fide = parameters.text("codec") == bona_fide, of_a_codec = is_of_a_codec(parameters);
  if (is_bona_fide && !of_a_codec)
    return {"labels: " + parameters.text("labels") + " needs the set's own name as codec, e.g. codec: GPST"};
  if (is_bona_fide || !of_a_codec) return {};
  try {
    codecs::find_card(parameters.text("codec"));
    return {};
  } catch (const Error& error) {
    return {std::string(error.what()) + " (or write codec: bonafide for speech that went through no codec)"};
  }
}

}  // namespace

engine::Kind write_shards_kind() {
  using engine::Type;
  using engine::Value;
  return {
      .name = "write_shards",
      .summary = "stores utterances with labels, codes and measures in HDF5 shards",
      .role = engine::Role::sink,
      .ports = {{.name = "in",
                 .reads = {fields::audio, fields::speaker, fields::label, engine::where_present(fields::codes)}}},
      .reads_by_parameter = {{.parameter = "measures", .reads = measures_read}},
      .parameters =
          {{.name = "codec",
            .type = Type::text,
            .summary = "the codec that the speech went through, or bonafide; with other labels the name of the set"},
           {.name = "labels",
            .type = Type::text,
            .summary =
                "what is spoofed: all speech of a codec, what the corpus says, or all of it (spoof): generated speech",
            .default_value = Value("codec"),
            .choices = {"codec", "corpus", "spoof"}},
           {.name = "split",
            .type = Type::text,
            .summary = "the split that the speech is of",
            .choices = {"train", "validation", "eval", "all"}},
           {.name = "rate",
            .type = Type::integer,
            .summary = "sample rate that the audio must have",
            .unit = "Hz",
            .default_value = Value(int64_t{16000}),
            .min = 1000,
            .max = 384000},
           {.name = "measures",
            .type = Type::texts,
            .summary = "measures to store with the utterances, e.g. [snr_db]",
            .default_value = Value(std::vector<std::string>{})}},
      .outputs = {{.folder = "shards", .extension = ".h5"}},
      .weight = bytes_per_second,
      .check = check,
      .fingerprint = fingerprint_codec,
      .make = [](const engine::NodeContext& context) { return std::make_unique<WriteShards>(context); }};
}

}  // namespace cfo::kinds
