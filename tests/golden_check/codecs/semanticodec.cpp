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
    stages.floats(
        name,
        [&] {
          const auto inputs = stages.recorded(name).select(1, 0);
          auto table = stages.recorded(name).clone();
          for (int64_t i = 0; i < inputs.size(0); ++i) table[i][1] = of(inputs[i].item<int64_t>());
          return table;
        },
        0);
  };
  check("len_table", [&](int64_t samples) { return codec.encoder().tokens_of(samples); });
  check("trim_table", [&](int64_t tokens) { return codec.encoder().samples_of(tokens); });
}

/// From the wave to the untrimmed codes, which lead to the trimmed ones.
void check_encoder(CodecStages& stages, const SemantiCodec& codec) {
  const auto& encoder = codec.encoder();
  stages.floats("fbank", [&] { return encoder.fbank(stages.wave()).squeeze(0); });
  const Once<at::Tensor> segments([&] { return encoder.segments(stages.fed("fbank").unsqueeze(0)); });
  const Once<at::Tensor> heard([&] { return encoder.heard_frames(*segments); });
  stages.floats(
      "padding_cutoff", [&] { return cutoffs(*heard, *segments); }, 0);
  const Once<at::Tensor> patches([&] { return encoder.patches(*segments); });
  stages.floats("audiomae_head", [&] { return head(stages, "audiomae_head", (*patches)[0]); });
  stages.floats("semantic_feature", [&] { return encoder.features(*patches)[0].t(); });

  const auto features = [&] { return stages.fed("semantic_feature").t().unsqueeze(0); };
  const Once<at::Tensor> semantic([&] { return encoder.semantic().encode(features()); });
  stages.floats("lstm_in",
                [&] { return head(stages, "lstm_in", encoder.joined(features(), *semantic, *heard)[0].t()); });
  const Once<at::Tensor> hidden([&] {
    const auto lstm_in = stages.fed("lstm_in");  // -1 in the rows that are not recorded
    const auto whole = at::constant_pad_nd(lstm_in, {0, 0, 0, encoder.segment_tokens() - lstm_in.size(0)}, -1);
    return encoder.hidden(whole.t().unsqueeze(0));
  });
  stages.floats("lstm_out_head", [&] { return head(stages, "lstm_out_head", (*hidden)[0].t()); });
  stages.floats("latent", [&] { return encoder.latent(*hidden)[0].t(); });

  const auto codes = [&](int64_t samples) {
    const auto latent = stages.fed("latent").t().unsqueeze(0);
    return codec.quantize({latent, samples, {{"semantic_codes", *semantic}}}).streams.front()[0];
  };
  stages.codes("codes_untrimmed", [&] { return codes(encoder.segment_samples() - 1); });
  stages.codes("codes", [&] { return codes(stages.samples()); });
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
void check_unet(CodecStages& stages, const SemantiCodec& codec, const Once<at::Tensor>& context) {
  if (!stages.has_any({"unet_time_emb", "unet_mid_cond", "unet_out_cond", "unet_out_uncond", "x_after_step0_head"}))
    return;
  const auto& decoder = codec.decoder();
  const auto& first = decoder.ddim().steps().front();
  const auto& unet = decoder.unet();
  const auto noise = [&](int64_t draw) {
    const auto& all = stages.recorded("noise");
    if (draw >= all.size(0)) throw NotRecorded(stages.record(), "noise");
    return all[draw].unsqueeze(0);
  };
  const auto embedding = unet.embed(first.timestep);
  stages.floats("unet_time_emb", embedding[0]);
  const Once<codecs::Unet::Memory> memory([&] { return unet.remember(*context); });
  const Once<codecs::Unet::Descent> descent([&] { return unet.descend(noise(0), embedding, *memory); });
  stages.floats("unet_mid_cond", [&] { return descent->bottom[0]; });
  const Once<at::Tensor> guided([&] { return unet.ascend(*descent, embedding, *memory); });
  stages.floats("unet_out_cond", [&] { return (*guided)[0]; });
  const Once<at::Tensor> free([&] { return unet(noise(0), first.timestep, unet.remember(decoder.no_context())); });
  stages.floats("unet_out_uncond", [&] { return head(stages, "unet_out_uncond", (*free)[0], 1); });
  stages.floats("x_after_step0_head", [&] {
    const double guidance = codecs::Config(codec.card()).section("diffusion").get<double>("guidance");
    const auto next = decoder.ddim().advance(first, noise(0), at::lerp(*free, *guided, guidance), noise(1));
    return head(stages, "x_after_step0_head", next[0], 1);
  });
}

/// What the diffusion gives, to the audio.
void check_vocoder(CodecStages& stages, const SemantiCodec& codec) {
  const auto& decoder = codec.decoder();
  stages.floats("mel", [&] { return decoder.mel(stages.recorded("latent_sample").unsqueeze(0))[0]; });
  stages.floats("audio", [&] {
    const int64_t kept = codec.encoder().samples_of(stages.fed("codes").size(1));
    return decoder.wave(stages.fed("mel").unsqueeze(0))[0][0].slice(0, 0, kept);
  });
}

/// From the codes to the audio. A compact record may hold the first noise only, or none.
void check_decoder(CodecStages& stages, const SemantiCodec& codec) {
  const auto& decoder = codec.decoder();
  stages.floats("quantized", [&] { return codec.dequantize(stages.coded("codes")).values[0].t(); });
  const auto quantized = [&] { return stages.fed("quantized").t().unsqueeze(0); };
  const Once<at::Tensor> context([&] { return decoder.context(quantized()); });
  stages.floats("pe_every_32", [&] {
    constexpr int64_t every = 32;
    const auto positions = every * stages.recorded("pe_every_32").size(0);
    const auto channels = codecs::Config(codec.card()).get<int64_t>("position_channels");
    return codecs::sinusoids(positions, channels).slice(0, 0, c10::nullopt, every);
  });
  check_schedule(stages, decoder.ddim());
  check_vocoder(stages, codec);
  check_unet(stages, codec, context);
  const auto noise = [&] {
    const auto& all = stages.recorded("noise");
    if (all.size(0) <= static_cast<int64_t>(decoder.ddim().steps().size())) throw NotRecorded(stages.record(), "noise");
    return all.unsqueeze(0);
  };
  stages.floats("latent_sample", [&] {
    return decoder.sample(*context, [all = noise()](int64_t draw) { return all.select(1, draw); })[0];
  });
  stages.floats("audio", [&] {
    return codec.synthesize({quantized(), stages.samples(), {{"noise", noise()}}}).flatten();
  });
}

/// An utterance of two segments and two windows; its noise lies in the record of the short one.
void check_long(CodecStages& stages, const SemantiCodec& codec) {
  const auto& encoder = codec.encoder();
  const Once<at::Tensor> segments([&] { return encoder.segments(encoder.fbank(stages.wave())); });
  stages.floats("fbank_second_segment_head", [&] { return head(stages, "fbank_second_segment_head", (*segments)[1]); });
  stages.floats(
      "padding_cutoff", [&] { return cutoffs(encoder.heard_frames(*segments), *segments); }, 0);
  stages.codes("codes", [&] { return codec.quantize(codec.encode(stages.wave())).streams.front()[0]; });
  stages.floats(
      "window_lengths",
      [&] {
        const int64_t tokens = stages.fed("codes").size(1);
        std::vector<int64_t> lengths;
        for (const int64_t start : codec.window_starts(tokens)) {
          const auto window = at::zeros({1, 2 * encoder.feature(), std::min(encoder.segment_tokens(), tokens - start)});
          lengths.push_back(codec.decoder().context(window).size(1));
        }
        return at::tensor(lengths, at::kLong);
      },
      0);
  const Once<at::Tensor> audio([&] {
    const auto noise = array(read_record(stages.record().folder / ".." / codec.card().name), "noise");
    return codec.decode(stages.coded("codes", {{"noise", noise.unsqueeze(0)}})).flatten();
  });
  stages.floats(
      "n_audio", [&] { return at::tensor({audio->size(0)}, at::kLong); }, 0);
  constexpr int64_t every = 8, seam = 153000;
  stages.floats("audio_every_8th", [&] { return audio->slice(0, 0, c10::nullopt, every); });
  stages.floats("audio_seam", [&] { return audio->slice(0, seam, seam + stages.recorded("audio_seam").size(0)); });
}

}  // namespace

void check_semanticodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto& semanticodec = dynamic_cast<const SemantiCodec&>(codec);
  if (stages.has("audio_seam")) return check_long(stages, semanticodec);
  check_tables(stages, semanticodec);
  check_encoder(stages, semanticodec);
  check_decoder(stages, semanticodec);
}

}  // namespace cfo::golden
