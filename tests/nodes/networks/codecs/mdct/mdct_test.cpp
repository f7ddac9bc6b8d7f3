// The built-in MDCT codecs, fitted here on a synthetic voice: harmonics under moving formants, hiss, and pauses.
#include "nodes/networks/codecs/mdct/mdct.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "base/error.h"
#include "nodes/networks/codecs/mdct/kmeans.h"
#include "nodes/networks/codecs/mdct/packing.h"
#include "nodes/networks/codecs/mdct/transform.h"
#include "nodes/networks/metrics/snr.h"
#include "nodes/networks/tensors/compute.h"

using namespace cfo;
using codecs::Card;
using codecs::Codes;

namespace {

constexpr int64_t rate = 16000;
const std::vector<std::string> families = {"mdct_rvq", "mdct_vq", "mdct_fsq"};

/// The card with `section.key` of its config set to `value`.
template <typename T>
Card with(Card card, const std::string& section, const std::string& key, const T& value) {
  auto config = YAML::Clone(*card.config);
  config[section][key] = value;
  card.config = std::make_shared<const YAML::Node>(config);
  return card;
}

/// The card in the repository, with a quicker fit.
Card card_of(const std::string& name) {
  const auto card = codecs::read_card(std::filesystem::path(CFO_SOURCE_DIR) / "graphs/codecs" / (name + ".yaml"));
  return with(with(card, "fit", "vectors", 6000), "fit", "iterations", 6);
}

double between(std::mt19937_64& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
}

/// One syllable of 50 to 300 ms: a vowel with a gliding pitch, a fricative, or a pause, with soft edges.
std::vector<float> syllable(std::mt19937_64& random) {
  const auto samples = static_cast<std::size_t>(between(random, 0.05, 0.3) * rate);
  const double kind = between(random, 0, 1), loudness = between(random, 0.05, 0.4);
  const double pitch = between(random, 90, 250), glide = between(random, -0.2, 0.2);
  const double first = between(random, 300, 800), second = between(random, 900, 2500);
  std::vector<float> wave(samples);
  double phase = 0, smooth = 0;
  for (std::size_t n = 0; n < samples; ++n) {
    const double place = static_cast<double>(n) / static_cast<double>(samples);
    double value = 0;
    if (kind < 0.65) {
      const double hertz = pitch * (1 + glide * place);
      phase += 2 * std::numbers::pi * hertz / rate;
      for (int k = 1; k * hertz < 4000; ++k) {
        const auto formant = [&](double centre) { return std::exp(-std::pow((k * hertz - centre) / 250, 2)); };
        value += (formant(first) + 0.4 * formant(second) + 0.3 / k) * std::sin(k * phase);
      }
    } else if (kind < 0.85) {
      const double noise = between(random, -1, 1);
      value = 0.3 * (noise - smooth);  // brighter than white
      smooth = noise;
    }
    wave[n] =
        static_cast<float>(loudness * value * std::sin(std::numbers::pi * place) * 0.5 + between(random, -1e-3, 1e-3));
  }
  return wave;
}

/// [T] float32, about `seconds` long.
at::Tensor voice(double seconds, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> wave;
  while (static_cast<double>(wave.size()) < seconds * rate) {
    const auto next = syllable(random);
    wave.insert(wave.end(), next.begin(), next.end());
  }
  return at::tensor(wave).clamp(-1, 1);
}

std::vector<at::Tensor> training_voice() {
  std::vector<at::Tensor> waves;
  for (uint64_t seed = 0; seed < 6; ++seed) waves.push_back(voice(9, 100 + seed));
  return waves;
}

TensorMap fit(const Card& card, uint64_t seed = 1) { return codecs::fit_mdct(card, training_voice(), seed, {}); }

/// What `fit` gives for the card of that name, fitted once.
const TensorMap& tables_of(const std::string& name) {
  static std::map<std::string, TensorMap> known;
  const auto found = known.find(name);
  return found != known.end() ? found->second : known.emplace(name, fit(card_of(name))).first->second;
}

std::unique_ptr<codecs::Codec> codec_of(const std::string& name) {
  return codecs::make_mdct(card_of(name), tensors::WeightScope(tables_of(name), "fitted"));
}

at::Tensor batch_of_one(const at::Tensor& wave) { return wave.view({1, 1, -1}); }

double snr_db(const at::Tensor& clean, const at::Tensor& coded) {
  const auto samples = [](const at::Tensor& x) {
    return std::vector<float>(x.data_ptr<float>(), x.data_ptr<float>() + x.numel());
  };
  return metrics::snr_db(samples(clean.contiguous()), samples(coded.contiguous()));
}

double relative_error(const at::Tensor& wanted, const at::Tensor& found) {
  return ((wanted - found).norm() / wanted.norm()).item<double>();
}

double round_trip_snr(const codecs::Codec& codec, const at::Tensor& wave) {
  return snr_db(wave, codec.decode(codec.quantize(codec.encode(batch_of_one(wave)))).view(-1));
}

/// The codes of each frame moved to another frame.
Codes shuffled(Codes codes, int64_t tokens_a_frame) {
  auto& stream = codes.streams.front();
  const auto frames = stream.view({stream.size(0), stream.size(1), -1, tokens_a_frame});
  const auto order = at::arange(frames.size(2), at::kLong).mul(7).add(3).remainder(frames.size(2));
  stream = frames.index_select(2, order).reshape(stream.sizes());
  return codes;
}

bool same_bytes(const TensorMap& a, const TensorMap& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
    return left.first == right.first && left.second.equal(right.second);
  });
}

}  // namespace

TEST_CASE("the transform reconstructs perfectly and keeps energy") {
  for (const auto window : {codecs::mdct::Window::sine, codecs::mdct::Window::kaiser_bessel}) {
    for (const int64_t samples : {1, 100, 320, 16000, 12345}) {
      const codecs::mdct::Transform transform(320, window);
      const auto wave = voice(1.5, 5).narrow(0, 0, samples).view({1, 1, -1});
      const auto spectrum = transform.analyse(wave);
      CHECK(spectrum.size(2) == (samples + 319) / 320 + 1);
      const auto back = transform.synthesise(spectrum, samples);
      CHECK(back.sizes() == wave.sizes());
      CHECK(relative_error(wave, back) < 1e-5);
      CHECK(spectrum.norm().item<double>() == doctest::Approx(wave.norm().item<double>()).epsilon(1e-4));
    }
  }
}

TEST_CASE("a codec without quantization gives its input back") {
  const auto wave = batch_of_one(voice(2, 6));
  for (const auto& name : families) {
    const auto codec = codec_of(name);
    CHECK_MESSAGE(relative_error(wave, codec->synthesize(codec->encode(wave))) < 1e-5, name);
  }
}

TEST_CASE("the same speech and seed give the same tables, another seed others") {
  for (const auto& name : families) {
    const auto card = card_of(name);
    CHECK_MESSAGE(same_bytes(tables_of(name), fit(card)), name);
    // Fewer frames than there are, so that the draw matters for every family.
    const auto drawing = with(card, "fit", "frames", 2 * card.codebook_size);
    const auto first = fit(drawing, 1), second = fit(drawing, 2);
    const std::string table = name == "mdct_fsq"  ? "envelope.mean"
                              : name == "mdct_vq" ? "codebook"
                                                  : "envelope.codebooks";
    CHECK_MESSAGE(!first.at(table).equal(second.at(table)), name);
  }
}

TEST_CASE("codes are what the card promises, and they alone make the sound") {
  const auto wave = batch_of_one(voice(2, 7));
  for (const auto& name : families) {
    CAPTURE(name);
    const auto card = card_of(name);
    const auto codec = codec_of(name);
    const auto codes = codec->quantize(codec->encode(wave));
    REQUIRE(codes.streams.size() == 1);
    CHECK(codes.extras.empty());
    const auto& stream = codes.streams.front();
    CHECK((stream.scalar_type() == at::kLong));
    CHECK(stream.size(1) == card.codebooks);
    const double seconds = static_cast<double>(wave.size(2)) / rate;
    const double most = card.frame_rate * seconds + 2.0 * 320 / static_cast<double>(card.hop);
    CHECK(static_cast<double>(stream.size(2)) >= card.frame_rate * seconds);
    CHECK(static_cast<double>(stream.size(2)) <= most);
    CHECK(stream.min().item<int64_t>() >= 0);
    CHECK(stream.max().item<int64_t>() < card.codebook_size);
    const auto decoded = codec->decode(codes);
    CHECK(decoded.sizes() == wave.sizes());
    const auto elsewhere = codecs::make_mdct(card, tensors::WeightScope(tables_of(name), "a copy"));
    CHECK(elsewhere->decode({{stream.clone()}, codes.samples, {}}).equal(decoded));
  }
}

TEST_CASE("a voice that was not in the fit comes through, and not by chance") {
  const auto wave = voice(8, 8);
  const std::map<std::string, std::pair<double, int64_t>> least = {
      {"mdct_rvq", {9, 1}}, {"mdct_vq", {5, 16}}, {"mdct_fsq", {9, 1}}};
  for (const auto& [name, expected] : least) {
    CAPTURE(name);
    const auto codec = codec_of(name);
    const auto codes = codec->quantize(codec->encode(batch_of_one(wave)));
    const double snr = snr_db(wave, codec->decode(codes).view(-1));
    MESSAGE(name << ": " << snr << " dB on the synthetic voice");
    CHECK(snr > expected.first);
    CHECK(snr_db(wave, codec->decode(shuffled(codes, expected.second)).view(-1)) < 1);
  }
}

TEST_CASE("a batch gives each utterance what it has alone") {
  const auto first = voice(2, 9).narrow(0, 0, 2 * rate - 77), second = voice(2, 10).narrow(0, 0, 2 * rate - 77);
  const auto both = at::stack({first, second}).unsqueeze(1);
  for (const auto& name : families) {
    CAPTURE(name);
    const auto codec = codec_of(name);
    const auto latent = codec->encode(both);
    const auto codes = codec->quantize(latent);
    const auto decoded = codec->decode(codes);
    for (int64_t i = 0; i < 2; ++i) {
      const auto alone = codec->encode(both.narrow(0, i, 1));
      CHECK(relative_error(alone.values, latent.values.narrow(0, i, 1)) < 1e-6);
      const auto codes_alone = codec->quantize(alone).streams.front();
      const auto equal = (codes_alone == codes.streams.front().narrow(0, i, 1)).to(at::kFloat).mean().item<double>();
      CHECK(equal > 0.999);  // a tie between two entries may fall either way
      const auto decoded_alone = codec->decode({{codes.streams.front().narrow(0, i, 1)}, codes.samples, {}});
      CHECK(relative_error(decoded_alone, decoded.narrow(0, i, 1)) < 1e-6);
    }
  }
}

TEST_CASE("any length goes in and comes out") {
  const auto long_wave = voice(41, 11);
  for (const auto& name : families) {
    CAPTURE(name);
    const auto codec = codec_of(name);
    for (const int64_t samples : {int64_t{1}, int64_t{100}, int64_t{256}, int64_t{321}, 40 * rate}) {
      const auto wave = batch_of_one(long_wave.narrow(0, 0, samples));
      const auto decoded = codec->decode(codec->quantize(codec->encode(wave)));
      CHECK(decoded.sizes() == wave.sizes());
      CHECK(decoded.isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("silence stays quiet, and a full scale input finite") {
  for (const auto& name : families) {
    CAPTURE(name);
    const auto codec = codec_of(name);
    const auto silence = codec->decode(codec->quantize(codec->encode(at::zeros({1, 1, rate}))));
    CHECK(silence.abs().max().item<double>() < 1e-3);
    const auto square = at::ones({1, 1, rate}) * at::arange(rate).remainder(80).lt(40).to(at::kFloat).mul(2).sub(1);
    CHECK(codec->decode(codec->quantize(codec->encode(square))).abs().max().item<double>() < 10);
  }
}

TEST_CASE("a card with more tokens is a better codec") {
  const auto wave = voice(4, 12);
  auto poor = with(card_of("mdct_rvq"), "shape", "tokens", 7);
  CHECK_THROWS_WITH_AS(fit(poor), doctest::Contains("codebooks is 20 but follows as 10"), Error);
  poor.codebooks = 10;
  poor.bitrate_kbps = 5;
  const auto small = codecs::make_mdct(poor, tensors::WeightScope(fit(poor), "fitted"));
  const double few = round_trip_snr(*small, wave), many = round_trip_snr(*codec_of("mdct_rvq"), wave);
  CHECK(few > 3);
  CHECK(many > few + 2);
}

TEST_CASE("progress grows from nothing to all") {
  const auto card = card_of("mdct_fsq");
  std::vector<double> heard;
  codecs::fit_mdct(card, training_voice(), 1, [&](double fraction) { heard.push_back(fraction); });
  REQUIRE(heard.size() > 5);
  CHECK(heard.front() < 0.1);
  CHECK(heard.back() == 1);
  CHECK(std::is_sorted(heard.begin(), heard.end()));
}

TEST_CASE("what is wrong is said in a sentence") {
  const auto card = card_of("mdct_rvq");
  auto tables = tables_of("mdct_rvq");
  const auto build = [&] {
    return codecs::make_mdct(card, tensors::WeightScope(tables, "run/models/mdct_rvq.safetensors"));
  };
  const auto codec = build();

  SUBCASE("a table is missing") {
    tables.erase("shape.codebooks");
    CHECK_THROWS_WITH_AS(
        build(), doctest::Contains("run/models/mdct_rvq.safetensors: there is no tensor 'shape.codebooks'"), Error);
  }
  SUBCASE("a table belongs to another card") {
    tables["envelope.mean"] = at::zeros({7});
    CHECK_THROWS_WITH_AS(build(), doctest::Contains("'envelope.mean' has shape [7] where [20] is needed"), Error);
  }
  SUBCASE("codes of another codec") {
    CHECK_THROWS_WITH_AS(codec->decode({{at::full({1, 20, 5}, 1024, at::kLong)}, 1000, {}}),
                         doctest::Contains("takes codes from 0 to 1023 but got 1024 to 1024"), Error);
    CHECK_THROWS_WITH_AS(codec->decode({{at::zeros({1, 8, 5}, at::kLong)}, 1000, {}}),
                         doctest::Contains("takes codes [B, 20, F]"), Error);
    CHECK_THROWS_WITH_AS(codec->decode({{at::zeros({1, 20, 5}, at::kLong)}, 5000, {}}),
                         doctest::Contains("at least 17 frames"), Error);
  }
  SUBCASE("too little, silent, broken or shapeless speech") {
    const auto fit_on = [&](const at::Tensor& wave) {
      return codecs::fit_mdct(card, std::vector<at::Tensor>{wave}, 1, {});
    };
    CHECK_THROWS_WITH_AS(fit_on(voice(10, 1)), doctest::Contains("at least 41.0 s of speech but got"), Error);
    CHECK_THROWS_WITH_AS(fit_on(at::zeros({60 * rate})), doctest::Contains("almost all silence"), Error);
    CHECK_THROWS_WITH_AS(fit_on(at::full({60 * rate}, std::nan(""))), doctest::Contains("NaN"), Error);
    CHECK_THROWS_WITH_AS(fit_on(at::zeros({1, 60 * rate})), doctest::Contains("waves [T] of float32"), Error);
  }
  SUBCASE("impossible cards") {
    const auto make = [&](const Card& changed) {
      return codecs::make_mdct(changed, tensors::WeightScope(tables, "fitted"));
    };
    CHECK_THROWS_WITH_AS(make(with(card, "shape", "block", 7)),
                         doctest::Contains("config.shape.block is 7 but must divide the frame of 320 bins"), Error);
    CHECK_THROWS_WITH_AS(make(with(card, "shape", "weighting", 1.5)),
                         doctest::Contains("config.shape.weighting is 1.5; give 0 to 1"), Error);
    CHECK_THROWS_WITH_AS(make(with(card, "envelope", "stages", "many")),
                         doctest::Contains("'config.envelope.stages' has a value of another type"), Error);
    auto lying = card;
    lying.bitrate_kbps = 6;
    CHECK_THROWS_WITH_AS(make(lying), doctest::Contains("bitrate_kbps is 6 but follows as 10"), Error);
  }
}

TEST_CASE("indices share tokens and come out again") {
  const codecs::mdct::Packing packing({27, 27, 9, 9, 3, 3, 729}, 729, "card.yaml");
  CHECK(packing.tokens() == 3);
  const auto indices = at::tensor({26, 1, 8, 0, 2, 1, 700, 0, 26, 0, 8, 0, 2, 0}, at::kLong).view({2, 7});
  const auto tokens = packing.pack(indices);
  CHECK(
      tokens.equal(at::tensor({26 + 27, 8 + 81 * 2 + 243, 700, 27 * 26, 9 * 8 + 243 * 2, 0}, at::kLong).view({2, 3})));
  CHECK(packing.unpack(tokens).equal(indices));
  CHECK_THROWS_WITH_AS(codecs::mdct::Packing({27, 9}, 729, "card.yaml"), doctest::Contains("card.yaml: the levels"),
                       Error);
  CHECK_THROWS_WITH_AS(codecs::mdct::Packing({27, 9, 9}, 729, "card.yaml"), doctest::Contains("codebook_size 729"),
                       Error);
}

TEST_CASE("k-means finds clusters, whatever it starts from") {
  const auto centres = at::tensor({0.0F, 0.0F, 10.0F, 0.0F, 0.0F, 10.0F, 10.0F, 10.0F}).view({4, 2});
  auto noise = tensors::random_stream(3);
  const auto points = centres.repeat({50, 1}) + at::randn({200, 2}, noise) * 0.1;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto random = tensors::random_stream(seed);
    // As many again as there are clusters: dead and doubled centroids must not leave a cluster unserved.
    const auto found = codecs::mdct::k_means(points, 8, 20, random, {});
    const auto cells = codecs::mdct::nearest_rows(found, points);
    CHECK((points - found.index_select(0, cells)).norm(2, 1).max().item<double>() < 1);
  }
}
