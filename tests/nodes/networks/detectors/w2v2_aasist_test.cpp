// W2V2-AASIST by its behaviour, at its published size by names and shapes. What it computes is checked by golden-check.
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/detectors/w2v2_aasist/w2v2_aasist.h"

#include <ATen/ATen.h>
#include <H5Cpp.h>
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/mixed_precision.h"

using namespace cfo;
using namespace cfo::detectors;

namespace {

at::Tensor waves(int64_t count, int64_t samples = 6000) {
  return at::randn({count, samples}, tensors::random_stream(3)) * 0.1;
}

std::unique_ptr<Detector> shrunk(uint64_t seed, const std::string& type = "") {
  auto detector = make_detector("w2v2_aasist_shrunk" + type);
  detector->initialise(seed);
  return detector;
}

TensorMap renamed(const TensorMap& tensors, const std::function<std::string(const std::string&)>& name) {
  TensorMap result;
  for (const auto& [old, tensor] : tensors) {
    if (const auto other = name(old); !other.empty()) result.emplace(other, tensor);
  }
  return result;
}

/// The state dict of XLS-R alone.
TensorMap front_of(const Detector& detector) {
  return renamed(detector.state(), [](const std::string& name) {
    const std::string prefix = W2v2Aasist::front_prefix;
    return name.starts_with(prefix) ? name.substr(prefix.size()) : "";
  });
}

TensorMap gradients(Detector& detector, const TrainingPass& how) {
  detector.weights().clear_gradients();
  SeededDropout dropout(1);
  const auto output = detector.forward_training(waves(3), dropout, how);
  task_loss(output.tasks, {{Task::bona_fide, at::tensor({0, 1, 0}, at::kLong)}}).backward();
  TensorMap found;
  for (const auto& [name, tensor] : detector.weights().parameters()) {
    if (tensor.grad().defined()) found.emplace(name, tensor.grad().clone());
  }
  return found;
}

/// Names and shapes of the published state dict (scripts/make_full_size_lists.py).
std::map<std::string, std::vector<int64_t>> published() {
  const H5::H5File file(std::string(CFO_SOURCE_DIR) + "/tests/full_size/detectors.h5", H5F_ACC_RDONLY);
  const auto set = file.openDataSet("w2v2_aasist");
  std::string text(static_cast<std::size_t>(set.getSpace().getSimpleExtentNpoints()), ' ');
  set.read(text.data(), H5::PredType::NATIVE_UINT8);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto& row : nlohmann::json::parse(text)) shapes.emplace(row.at(0), row.at(1).get<std::vector<int64_t>>());
  return shapes;
}

}  // namespace

TEST_CASE("at its published size every tensor has the name and the shape of the published checkpoint") {
  const auto detector = make_detector("w2v2_aasist", c10::kMeta);
  std::map<std::string, std::vector<int64_t>> own;
  int64_t parameters = 0;
  for (const auto& [name, tensor] : detector->weights().parameters()) {
    own.emplace(name, tensor.sizes().vec());
    parameters += tensor.numel();
  }
  for (const auto& [name, tensor] : detector->weights().buffers()) own.emplace(name, tensor.sizes().vec());
  CHECK(parameters == 317837834);
  const auto wanted = published();
  CHECK(wanted.size() == 674);
  for (const auto& [name, shape] : wanted) {
    CAPTURE(name);
    CHECK(own[name] == shape);
  }
  CHECK(own.size() == wanted.size());
}

TEST_CASE("at its published size the front-end's network uses all but what pre-training alone needs") {
  TensorMap front;
  const std::string prefix = W2v2Aasist::front_prefix;
  for (const auto& [name, shape] : published()) {
    if (name.starts_with(prefix))
      front.emplace(name.substr(prefix.size()), at::empty({}, at::TensorOptions(at::kMeta)).expand(shape));
  }
  const auto weights = tensors::WeightScope(front, "published").on(c10::kMeta);
  const layers::SslEncoder encoder(weights, xlsr_300m_config().network);
  CHECK(encoder.frames(64600) == 201);
  for (const auto& name : weights.unused()) {
    CAPTURE(name);
    CHECK((name == "mask_emb" || name.starts_with("quantizer.") || name.starts_with("project_q.") ||
           name.starts_with("final_proj.")));
  }
}

TEST_CASE("shapes, a seeded start, and the same result alone as in a batch") {
  const auto detector = shrunk(7);
  const tensors::Inference inference;
  const Output together = detector->forward(waves(2));
  CHECK(together.logits.sizes() == at::IntArrayRef({2, 2}));
  CHECK(together.embedding.size(1) == 160);
  CHECK(detector->embedding_size() == 160);
  CHECK(at::equal(shrunk(7)->forward(waves(2)).logits, together.logits));
  CHECK_FALSE(at::equal(shrunk(8)->forward(waves(2)).logits, together.logits));
  for (int64_t i = 0; i < 2; ++i) {
    CHECK((detector->forward(waves(2).narrow(0, i, 1)).logits - together.logits.narrow(0, i, 1))
              .abs()
              .max()
              .item<double>() < 1e-4);
  }
}

TEST_CASE("the shortest input works and one sample less is refused") {
  const auto detector = shrunk(1);
  const int64_t shortest = detector->shortest();
  CHECK(at::isfinite(detector->forward(waves(1, shortest)).logits).all().item<bool>());
  CHECK_THROWS_WITH_AS(detector->forward(waves(1, shortest - 1)), doctest::Contains("too short"), Error);
}

TEST_CASE("gradient checkpointing changes no bit of any gradient, and every used parameter of the front-end has one") {
  const auto detector = shrunk(5);
  const auto start = detector->state();
  const auto plain = gradients(*detector, {});
  detector->load(start, "start");
  const auto saved = gradients(*detector, {.recompute = true});
  REQUIRE(plain.size() == saved.size());
  for (const auto& [name, gradient] : plain) {
    CAPTURE(name);
    CHECK(at::equal(gradient, saved.at(name)));
  }
  for (const auto* name :
       {"feature_extractor.conv_layers.0.0.weight", "encoder.pos_conv.0.weight_g", "encoder.layers.1.fc1.weight",
        "encoder.layers.2.self_attn.q_proj.weight", "post_extract_proj.bias"}) {
    CAPTURE(name);
    REQUIRE(plain.count(W2v2Aasist::front_prefix + std::string(name)) == 1);
    CHECK(plain.at(W2v2Aasist::front_prefix + std::string(name)).abs().max().item<double>() > 0);
  }
  CHECK(plain.count(W2v2Aasist::front_prefix + std::string("mask_emb")) == 0);
}

TEST_CASE("a checkpoint saved from DataParallel loads, and the front-end alone where training starts") {
  const auto origin = shrunk(2), other = shrunk(3);
  const auto state = origin->state();
  other->load(renamed(state, [](const std::string& name) { return "module." + name; }), "LA.pth");
  for (const auto& [name, tensor] : other->state()) CHECK(at::equal(tensor, state.at(name)));

  const auto fresh = shrunk(4);
  const auto before = fresh->state();
  fresh->start_from(front_of(*origin), "xlsr2_300m.pt");
  for (const auto& [name, tensor] : fresh->state()) {
    CAPTURE(name);
    CHECK(at::equal(tensor, (name.starts_with(W2v2Aasist::front_prefix) ? state : before).at(name)));
  }
  auto damaged = front_of(*origin);
  damaged.erase("encoder.layers.1.fc1.weight");
  CHECK_THROWS_WITH_AS(fresh->start_from(damaged, "xlsr2_300m.pt"),
                       doctest::Contains("xlsr2_300m.pt: there is no tensor 'encoder.layers.1.fc1.weight'"), Error);
  CHECK_THROWS_WITH_AS(make_detector("aasist_l")->start_from(front_of(*origin), "xlsr2_300m.pt"),
                       doctest::Contains("there is no tensor"), Error);
}

TEST_CASE("mixed precision on a CPU is refused in a sentence") {
  CHECK_THROWS_WITH_AS(tensors::check_mixed_precision(c10::kCPU), doctest::Contains("needs a GPU"), Error);
}

TEST_CASE("source tracing: one graph a task, and a detection score with and without the bona fide task") {
  for (const auto& type : tracing_types()) {
    CAPTURE(type.name);
    const auto detector = shrunk(1, "_" + type.name);
    CHECK((detector->tasks() == type.tasks));
    const auto output = detector->forward(waves(2));
    CHECK(output.tasks.size() == type.tasks.size());
    CHECK(output.embedding.size(1) == 160 * static_cast<int64_t>(type.tasks.size()));
    CHECK(output.logits.sizes() == at::IntArrayRef({2, 2}));
    for (const auto task : type.tasks)
      CHECK(output.tasks.at(task).size(1) == static_cast<int64_t>(describe(task).classes.size()));
  }
}

TEST_CASE("the score without a bona fide task is one minus the geometric mean of the spoof probabilities") {
  const at::Tensor sure = at::tensor({std::log(0.2F), std::log(0.5F), std::log(0.3F)}).unsqueeze(0);
  const at::Tensor half = at::zeros({1, 2});
  const at::Tensor logits = detection_logits({{Task::decoder, sure}, {Task::quantizer, half}});
  CHECK(logits[0][bona_fide_class].item<double>() == doctest::Approx(1 - std::sqrt(0.8 * 0.5)));
}

TEST_CASE("classes of source tracing follow the cards' words; an unknown one is told") {
  const Labels codec{.bona_fide = false, .quantizer = "SVQ", .auxiliary = "None", .decoder = "Freq"},
      real{.bona_fide = true};
  CHECK(class_of(Task::bona_fide, codec) == 0);
  CHECK(class_of(Task::bona_fide, real) == 1);
  CHECK(class_of(Task::quantizer, codec) == 2);
  CHECK(class_of(Task::auxiliary, codec) == 1);
  CHECK(class_of(Task::decoder, codec) == 2);
  CHECK(class_of(Task::decoder, real) == 0);
  CHECK_FALSE(find_class(Task::quantizer, {.bona_fide = false}).has_value());
  CHECK(find_class(Task::quantizer, codec) == 2);
  CHECK_THROWS_WITH_AS(class_of(Task::quantizer, {.bona_fide = false}),
                       doctest::Contains("is no class of spoofed speech"), Error);
}
