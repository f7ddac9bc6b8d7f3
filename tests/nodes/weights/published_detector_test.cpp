// Published checkpoints of countermeasures, written by the machine's own Python as their authors' programs write them,
// through the nodes that take them. Skips where Python has no torch.
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/weights/published_detector.h"

#include <ATen/ATen.h>

#include <cstdlib>

#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/model_folder.h"
#include "nodes/networks/detectors/w2v2_aasist/w2v2_aasist.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/kind_support.h"
#include "tests/support/skip.h"

using namespace cfo;
namespace fs = std::filesystem;

namespace {

constexpr int no_torch = 3;

/// The shrunk network with weights of its own.
std::unique_ptr<detectors::Detector> network(uint64_t seed) {
  auto detector = detectors::make_detector("w2v2_aasist_shrunk");
  detector->initialise(seed);
  return detector;
}

TensorMap front_of(const TensorMap& state) {
  const std::string prefix = detectors::W2v2Aasist::front_prefix;
  TensorMap front;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(prefix)) front.emplace(name.substr(prefix.size()), tensor);
  }
  return front;
}

/// torch.save in the style of `how` (tests/apps/write_checkpoint.py); false where Python has no torch.
bool write_checkpoint(const test::TemporaryFolder& folder, const fs::path& file, const TensorMap& tensors,
                      const std::string& how = "") {
  storage::write_safetensors(folder / "plain.safetensors", tensors);
  const auto command = fmt::format("/usr/bin/python3 '{}/tests/apps/write_checkpoint.py' '{}' '{}' '' '' {}",
                                   CFO_SOURCE_DIR, (folder / "plain.safetensors").string(), file.string(), how);
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_torch) {
    test::skip("/usr/bin/python3 has no torch (Debian: python3-torch)");
    return false;
  }
  REQUIRE_MESSAGE(status == 0, command);
  return true;
}

void check_equal(const TensorMap& found, const TensorMap& wanted) {
  REQUIRE(found.size() == wanted.size());
  for (const auto& [name, tensor] : wanted) {
    CAPTURE(name);
    CHECK(at::equal(found.at(name), tensor));
  }
}

}  // namespace

TEST_CASE("of a fairseq checkpoint the model alone is read, whatever objects lie beside it") {
  const test::TemporaryFolder folder;
  const auto front = front_of(network(3)->state());
  for (const std::string how : {"fairseq", "fairseq_legacy"}) {
    CAPTURE(how);
    if (!write_checkpoint(folder, folder / "xlsr2_300m.pt", front, how)) return;
    check_equal(weights::read_published(folder / "xlsr2_300m.pt"), front);
    const auto detector = network(4);
    detector->start_from(weights::read_published(folder / "xlsr2_300m.pt"), "xlsr2_300m.pt");
    check_equal(front_of(detector->state()), front);
  }
}

TEST_CASE("load_model takes a fine-tuned checkpoint as it was saved, with and without DataParallel's prefix") {
  const test::TemporaryFolder folder;
  const auto origin = network(5);
  TensorMap wrapped;
  for (const auto& [name, tensor] : origin->state()) wrapped.emplace("module." + name, tensor);
  for (const auto& [name, state] : {std::pair{"LA", origin->state()}, std::pair{"DF", wrapped}}) {
    CAPTURE(name);
    const fs::path file = folder / (std::string(name) + ".pth");
    if (!write_checkpoint(folder, file, state)) return;
    const auto kind = kinds::load_model_kind();
    const test::Values values = {
        {"detector", std::string("w2v2_aasist_shrunk")}, {"weights", file.string()}, {"samples", int64_t{8000}}};
    CHECK(kind.lacks(test::parameters_of(kind, values)).empty());
    test::RunningTask task(kind, values, folder / "run", {folder / name});
    task.run();
    const auto model = kinds::read_model(folder / name, c10::kCPU);
    CHECK(model.samples == 8000);
    check_equal(model.detector->state(), origin->state());
  }
}

TEST_CASE("a file that is not there is told before a run, with where it is looked for") {
  const auto load = kinds::load_model_kind();
  const auto faults = load.lacks(test::parameters_of(load, {{"weights", std::string("/nowhere/LA.pth")}}));
  REQUIRE(faults.size() == 1);
  CHECK(test::contains(faults[0], "weights '/nowhere/LA.pth' is not there"));
  const auto train = kinds::train_kind();
  const auto more = train.lacks(test::parameters_of(train, {{"start_from", std::string("/nowhere/xlsr2_300m.pt")}}));
  REQUIRE(more.size() == 1);
  CHECK(test::contains(more[0], "start_from '/nowhere/xlsr2_300m.pt' is not there"));
}
