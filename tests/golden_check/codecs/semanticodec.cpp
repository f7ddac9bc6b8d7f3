#include "nodes/networks/codecs/semanticodec/semanticodec.h"

#include <algorithm>

#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/semanticodec/diffusion/sinusoids.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

using codecs::SemantiCodec;

/// As shares of a segment, which is how they are recorded.
at::Tensor cutoffs(const at::Tensor& heard_frames, const at::Tensor& segments) {
  return heard_frames.to(at::kDouble) / static_cast<double>(segments.size(1));
}

/// As many of the first rows (along `dimension`) as are recorded.
at::Tensor head(const CodecStages& stages, const std::string& name, const at::Tensor& x, int64_t dimension = 0) {
  return stages.has(name) ? x.slice(dimension, 0, stages.recorded(name).size(dimension)) : x;
}

/// The tables of lengths, which must be met exactly.
void check_tables(CodecStages& stages, const SemantiCodec& codec) {
  const auto check = [&](const std::string& name, const auto& of) {
    if (!stages.has(name)) return;
    const auto inputs = stages.recorded(name).select(1, 0);
    auto table = stages.recorded(name).clone();
    for (int64_t i = 0; i < inputs.size(0); ++i) table[i][1] = of(inputs[i].item<int64_t>());
    stages.floats(name, table, 0);
  };
  check("len_table", [&](int64_t samples) { return codec.encoder().tokens_of(samples); });
  check("trim_table", [&](int64_t tokens) { return codec.encoder().samples_of(tokens); });
}

/// From the wave to the untrimmed codes, which lead to the trimmed ones.
void check_encoder(CodecStages& stages, const SemantiCodec& codec) {
  const auto& encoder = codec.encoder();
  const int64_t samples = stages.wave().size(2);
  stages.floats("fbank", encoder.fbank(stages.wave()).squeeze(0));
  const auto segments = encoder.segments(stages.fed("fbank").unsqueeze(0)), heard = encoder.heard_frames(segments);
  stages.floats("padding_cutoff", cutoffs(heard, segments), 0);
  const auto patches = encoder.patches(segments);
  if (stages.has("audiomae_head")) stages.floats("audiomae_head", head(stages, "audiomae_head", patches[0]));
  stages.floats("semantic_feature", encoder.features(patches)[0].t());

  const auto features = stages.fed("semantic_feature").t().unsqueeze(0);
  const auto semantic = encoder.semantic().encode(features);
  const auto joined = encoder.joined(features, semantic, heard)[0].t();
  stages.floats("lstm_in", head(stages, "lstm_in", joined));
  const auto lstm_in = stages.fed("lstm_in");  // -1 in the rows that are not recorded
  const auto whole = at::constant_pad_nd(lstm_in, {0, 0, 0, encoder.segment_tokens() - lstm_in.size(0)}, -1);
  const auto hidden = encoder.hidden(whole.t().unsqueeze(0));
  stages.floats("lstm_out_head", head(stages, "lstm_out_head", hidden[0].t()));
  stages.floats("latent", encoder.latent(hidden)[0].t());

  codecs::Latent latent = {
      stages.fed("latent").t().unsqueeze(0), encoder.segment_samples() - 1, {{"semantic_codes", semantic}}};
  stages.codes("codes_untrimmed", codec.quantize(latent).streams.front()[0]);
  latent.samples = samples;
  stages.codes("codes", codec.quantize(latent).streams.front()[0]);
}

/// The schedule, in the order of the timesteps.
void check_schedule(CodecStages& stages, const codecs::Ddim& ddim) {
  const auto check = [&](const std::string& name, const auto& of) {
    std::vector<double> values;
    for (auto step = ddim.steps().rbegin(); step != ddim.steps().rend(); ++step)
      values.push_back(static_cast<double>(of(*step)));
    stages.floats(name, at::tensor(values, at::kDouble));
  };
  check("ddim_timesteps", [](const auto& step) { return step.timestep; });
  check("ddim_alphas", [](const auto& step) { return step.alpha; });
  check("ddim_alphas_prev", [](const auto& step) { return step.previous; });
  check("ddim_sigmas", [](const auto& step) { return step.sigma; });
}

/// The first step of the diffusion, from recorded noise.
void check_unet(CodecStages& stages, const SemantiCodec& codec, const at::Tensor& context, const at::Tensor& noise) {
  const auto& decoder = codec.decoder();
  const auto& first = decoder.ddim().steps().front();
  const auto& unet = decoder.unet();
  const auto start = noise.select(1, 0), embedding = unet.embed(first.timestep);
  const auto memory = unet.remember(context);
  stages.floats("unet_time_emb", embedding[0]);
  const auto descent = unet.descend(start, embedding, memory);
  stages.floats("unet_mid_cond", descent.bottom[0]);
  const auto guided = unet.ascend(descent, embedding, memory),
             free = unet(start, first.timestep, unet.remember(decoder.no_context()));
  stages.floats("unet_out_cond", guided[0]);
  stages.floats("unet_out_uncond", head(stages, "unet_out_uncond", free[0], 1));
  if (noise.size(1) == 1) return;
  const double guidance = codecs::Config(codec.card()).section("diffusion").get<double>("guidance");
  const auto next = decoder.ddim().advance(first, start, at::lerp(free, guided, guidance), noise.select(1, 1));
  stages.floats("x_after_step0_head", head(stages, "x_after_step0_head", next[0], 1));
}

/// What the diffusion gives, to the audio.
void check_vocoder(CodecStages& stages, const SemantiCodec& codec) {
  const auto& decoder = codec.decoder();
  stages.floats("mel", decoder.mel(stages.recorded("latent_sample").unsqueeze(0))[0]);
  const int64_t kept = codec.encoder().samples_of(stages.fed("codes").size(1));
  stages.floats("audio", decoder.wave(stages.fed("mel").unsqueeze(0))[0][0].slice(0, 0, kept));
}

/// From the codes to the audio. A compact record may hold the first noise only, or none: the stages that need more are
/// left out.
void check_decoder(CodecStages& stages, const SemantiCodec& codec, int64_t samples) {
  const auto& decoder = codec.decoder();
  codecs::Latent quantized = codec.dequantize({{stages.fed("codes").unsqueeze(0)}, samples, {}});
  stages.floats("quantized", quantized.values[0].t());
  quantized.values = stages.fed("quantized").t().unsqueeze(0);
  const auto context = decoder.context(quantized.values);
  if (stages.has("pe_every_32")) {
    constexpr int64_t every = 32;
    const auto table = codecs::sinusoids(every * stages.recorded("pe_every_32").size(0),
                                         codecs::Config(codec.card()).get<int64_t>("position_channels"));
    stages.floats("pe_every_32", table.slice(0, 0, c10::nullopt, every));
  }
  check_schedule(stages, decoder.ddim());
  if (stages.has("latent_sample")) check_vocoder(stages, codec);
  if (!stages.has("noise") || stages.recorded("noise").sizes().slice(1) != at::IntArrayRef(decoder.latent_shape()))
    return;
  const auto noise = stages.recorded("noise").unsqueeze(0);
  check_unet(stages, codec, context, noise);
  if (noise.size(1) <= static_cast<int64_t>(decoder.ddim().steps().size())) return;
  stages.floats("latent_sample", decoder.sample(context, [&](int64_t draw) { return noise.select(1, draw); })[0]);
  quantized.extras["noise"] = noise;
  stages.floats("audio", codec.synthesize(quantized).flatten());
}

/// An utterance of two segments and two windows; its noise lies in the record of the short one.
void check_long(CodecStages& stages, const SemantiCodec& codec) {
  const auto& encoder = codec.encoder();
  const auto wave = stages.wave();
  const auto fbank = encoder.fbank(wave), segments = encoder.segments(fbank);
  stages.floats("fbank_second_segment_head", head(stages, "fbank_second_segment_head", segments[1]));
  stages.floats("padding_cutoff", cutoffs(encoder.heard_frames(segments), segments), 0);
  stages.codes("codes", codec.quantize(codec.encode(wave)).streams.front()[0]);

  const auto noise = read_record(stages.record().folder / ".." / codec.card().name).arrays.at("noise");
  const auto codes = stages.fed("codes").unsqueeze(0);
  std::vector<int64_t> lengths;
  for (const int64_t start : codec.window_starts(codes.size(2))) {
    const auto window =
        at::zeros({1, 2 * encoder.feature(), std::min(encoder.segment_tokens(), codes.size(2) - start)});
    lengths.push_back(codec.decoder().context(window).size(1));
  }
  stages.floats("window_lengths", at::tensor(lengths, at::kLong), 0);
  const auto audio = codec.decode({{codes}, wave.size(2), {{"noise", noise.unsqueeze(0)}}}).flatten();
  stages.floats("n_audio", at::tensor({audio.size(0)}, at::kLong), 0);
  constexpr int64_t every = 8, seam = 153000;
  stages.floats("audio_every_8th", audio.slice(0, 0, c10::nullopt, every));
  stages.floats("audio_seam", audio.slice(0, seam, seam + stages.recorded("audio_seam").size(0)));
}

}  // namespace

void check_semanticodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto& semanticodec = dynamic_cast<const SemantiCodec&>(codec);
  if (stages.has("audio_seam")) return check_long(stages, semanticodec);
  check_tables(stages, semanticodec);
  if (stages.has("input")) check_encoder(stages, semanticodec);
  const auto& manifest = stages.record().manifest;
  const int64_t samples =
      stages.has("input") ? stages.wave().size(2) : manifest.at("compact").at("input_samples").get<int64_t>();
  check_decoder(stages, semanticodec, samples);
}

}  // namespace cfo::golden
