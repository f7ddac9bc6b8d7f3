// The optimiser by its formulas, and AASIST by its behaviour. What it computes is checked by golden-check against the
// official code.
#include <ATen/ATen.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "nodes/networks/detectors/aasist/task_graphs.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/detectors/modules/optimiser.h"
#include "nodes/networks/detectors/training/scoring.h"
#include "nodes/networks/detectors/training/training.h"
#include "nodes/networks/tensors/compute.h"

#include <doctest/doctest.h>

using namespace cfo;
using namespace cfo::detectors;

TEST_CASE("the first Adam step moves each parameter by the learning rate against the sign of its gradient") {
  at::Tensor weight = at::full({2}, 1.0).requires_grad_();
  at::Tensor idle = at::full({1}, 3.0).requires_grad_();
  Adam adam({{"weight", weight}, {"idle", idle}}, {.weight_decay = 0});
  (weight * at::tensor({2.0, -4.0})).sum().backward();
  adam.step(0.1);
  CHECK(weight[0].item<double>() == doctest::Approx(0.9));
  CHECK(weight[1].item<double>() == doctest::Approx(1.1));
  CHECK(idle[0].item<double>() == 3.0);  // no gradient: left alone
  CHECK(adam.state().count("adam.step.idle") == 0);
}

TEST_CASE("weight decay is a pull towards zero that the moments see") {
  at::Tensor weight = at::full({1}, 2.0).requires_grad_();
  Adam adam({{"weight", weight}}, {.weight_decay = 0.5});
  (weight * 0.0).sum().backward();
  adam.step(0.1);
  CHECK(weight[0].item<double>() == doctest::Approx(1.9));
}

TEST_CASE("Adam continued from its saved state takes the same step") {
  const auto stepped = [](bool broken_off) {
    at::Tensor weight = at::full({3}, 1.0).requires_grad_();
    auto adam = std::make_unique<Adam>(std::vector<NamedTensor>{{"weight", weight}}, AdamSettings{});
    for (int step = 0; step < 4; ++step) {
      weight.mutable_grad() = at::tensor({0.1, -0.2, 0.05}, at::kFloat) * (step + 1);
      if (broken_off && step == 2) {
        const auto state = adam->state();
        adam = std::make_unique<Adam>(std::vector<NamedTensor>{{"weight", weight}}, AdamSettings{});
        adam->load(state, "test");
      }
      adam->step(0.01);
    }
    return weight.detach().clone();
  };
  CHECK(at::equal(stepped(false), stepped(true)));
}

TEST_CASE("the cosine schedule begins at one and ends at its final factor") {
  CHECK(schedule_factor(Schedule::cosine, 0, 100) == doctest::Approx(1));
  CHECK(schedule_factor(Schedule::cosine, 50, 100) == doctest::Approx(0.525));
  CHECK(schedule_factor(Schedule::cosine, 100, 100) == doctest::Approx(0.05));
  CHECK(schedule_factor(Schedule::constant, 7, 100) == 1);
}

TEST_CASE("the cross entropy weighs bona fide speech nine times as much") {
  const at::Tensor logits = at::zeros({2, 2});
  logits[1][0] = 2.0;  // the spoofed one is right, the bona fide one undecided
  const double spoof_loss = std::log1p(std::exp(-2.0)), bona_fide_loss = std::log(2.0);
  const double loss = weighted_cross_entropy(logits, at::tensor({1, 0}, at::kLong)).item<double>();
  CHECK(loss == doctest::Approx(0.9 * bona_fide_loss + 0.1 * spoof_loss));
}

TEST_CASE("AASIST-L: shapes, seeded start, and the same result alone as in a batch") {
  const auto detector = make_detector("aasist_l");
  detector->initialise(7);
  const auto twin = make_detector("aasist_l");
  twin->initialise(7);
  const tensors::Inference inference;
  const at::Tensor waves = at::randn({2, 16000}, tensors::random_stream(3)) * 0.1;
  const Output together = detector->forward(waves);
  CHECK(together.logits.sizes() == at::IntArrayRef({2, 2}));
  CHECK(together.embedding.size(1) == detector->embedding_size());
  CHECK(at::equal(twin->forward(waves).logits, together.logits));
  for (int64_t i = 0; i < 2; ++i)
    CHECK(
        (detector->forward(waves.narrow(0, i, 1)).logits - together.logits.narrow(0, i, 1)).abs().max().item<double>() <
        1e-4);
  const auto other = make_detector("aasist_l");
  other->initialise(8);
  CHECK_FALSE(at::equal(other->forward(waves).logits, together.logits));
}

TEST_CASE("a detector's state loads into another; a missing or misshapen tensor is named") {
  const auto detector = make_detector("aasist_l");
  detector->initialise(7);
  auto state = detector->state();
  const auto copy = make_detector("aasist_l");
  copy->load(state, "model.safetensors");
  for (const auto& [name, tensor] : copy->state()) CHECK(at::equal(tensor, state.at(name)));
  state["out_layer.weight"] = at::zeros({3, 3});
  CHECK_THROWS_WITH_AS(copy->load(state, "model.safetensors"), doctest::Contains("out_layer.weight"), Error);
  state.erase("out_layer.weight");
  CHECK_THROWS_WITH_AS(copy->load(state, "model.safetensors"), doctest::Contains("out_layer.weight"), Error);
}

TEST_CASE("only a network whose configuration has branches gives detectors that trace sources") {
  struct Plain {};
  struct Branched {
    std::vector<Task> branches = {};
  };
  struct Untrained : Detector {
    Untrained(const std::string& name, const Plain&, c10::Device device) : Detector(name, device) {}
    Untrained(const std::string& name, const Branched& config, c10::Device device)
        : Detector(name, device), branches(config.branches) {}
    int64_t samples() const override { return 1; }
    int64_t shortest() const override { return 1; }
    int64_t embedding_size() const override { return 1; }
    std::vector<Task> tasks() const override { return branches; }
    Output run(const at::Tensor& wave, const Pass&) const override { return {wave, wave}; }
    std::vector<Task> branches;
  };
  CHECK_FALSE(network<Untrained>("plain", Plain{}).traces_sources);
  const auto branched = network<Untrained>("branched", Branched{});
  CHECK(branched.traces_sources);
  CHECK((branched.make("branched_s_vq", {Task::quantizer}, at::kCPU)->tasks() == std::vector{Task::quantizer}));
}

TEST_CASE("AASIST with a graph a task: its encoder is shared, each graph has names of its own") {
  const auto plain = make_detector("aasist_l");
  for (const auto& type : tracing_types()) {
    CAPTURE(type.name);
    const auto detector = make_detector("aasist_l_" + type.name);
    CHECK((detector->tasks() == type.tasks));
    const auto names = detector->weights().tensors();
    CHECK(names.contains("encoder.0.0.conv1.weight") ==
          plain->weights().tensors().contains("encoder.0.0.conv1.weight"));
    for (const auto task : type.tasks) {
      const auto& out = names.at(describe(task).branch + ".out_layer.weight");
      CHECK(out.size(0) == static_cast<int64_t>(describe(task).classes.size()));
    }
    const auto output = detector->forward(at::full({2, 4000}, 0.1));
    CHECK(output.embedding.size(1) == static_cast<int64_t>(type.tasks.size()) * plain->embedding_size());
    CHECK(output.logits.sizes() == at::IntArrayRef({2, 2}));
  }
}

TEST_CASE("a score comes with the probabilities of each task's classes") {
  const auto detector = make_detector("aasist_l_m1");
  std::vector<float> wave(4000);
  for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = std::sin(0.05F * static_cast<float>(i));
  const auto scored = score(*detector, std::vector<std::vector<float>>{wave}, 4000).front();
  const auto output = detector->forward(at::tensor(wave).unsqueeze(0));
  REQUIRE(scored.probabilities.size() == 4);
  for (const auto& [task, probabilities] : scored.probabilities) {
    const auto logits = output.tasks.at(task)[0];
    REQUIRE(probabilities.size() == describe(task).classes.size());
    double sum = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      const double odds = std::exp(logits[static_cast<int64_t>(i)].item<double>() - logits[0].item<double>());
      CHECK(probabilities[i] / probabilities[0] == doctest::Approx(odds).epsilon(1e-5));
      sum += probabilities[i];
    }
    CHECK(sum == doctest::Approx(1));
  }
}

namespace {

/// Bona fide noise and spoofed silence, two of each.
class FourWaves : public TrainingSet {
 public:
  std::size_t size() const override { return 4; }
  bool bona_fide(std::size_t index) const override { return index < 2; }
  std::vector<float> wave(std::size_t index) const override {
    std::vector<float> samples(2400);
    for (std::size_t i = 0; i < samples.size() && index < 2; ++i) samples[i] = i * i % 7 < 3 ? 0.2F : -0.2F;
    return samples;
  }
};

/// Seeds that a training of two epochs gave to the augmentation, one call each.
std::vector<uint64_t> augmentation_seeds(bool of_validation) {
  const auto detector = make_detector("aasist_l");
  TrainingSettings settings;
  settings.epochs = 2;
  settings.batch = 4;
  settings.samples = 2400;
  settings.augment_validation = of_validation;
  std::vector<uint64_t> seeds;
  TrainingHooks hooks;
  hooks.augment = [&](std::vector<float> wave, uint64_t seed) {
    seeds.push_back(seed);
    return wave;
  };
  train(*detector, FourWaves(), FourWaves(), settings, hooks);
  return seeds;
}

}  // namespace

TEST_CASE("validation speech is augmented on request, each utterance alike in every epoch") {
  const auto clean = augmentation_seeds(false), both = augmentation_seeds(true);
  CHECK(clean.size() == 8);
  CHECK(std::set(clean.begin(), clean.end()).size() == 8);
  REQUIRE(both.size() == 16);  // an epoch: four of training, four of validation
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(both[i] == clean[i]);
    CHECK(both[8 + i] == clean[4 + i]);
    CHECK(both[4 + i] == both[12 + i]);
  }
  CHECK(std::set(both.begin(), both.end()).size() == 12);
}
