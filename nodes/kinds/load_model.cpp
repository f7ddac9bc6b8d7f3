// load_model: a published countermeasure, to be scored like a trained one.
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/model_folder.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/weights/published_detector.h"
#include "nodes/weights/store.h"
#include "nodes/weights/wrapped_state.h"

namespace cfo::kinds {
namespace {

void run(engine::TaskContext& context) {
  const auto& text = context.parameters.text("weights");
  const auto detector = detectors::make_detector(context.parameters.text("detector"));
  const auto file = weights::published_file(text);
  auto state = weights::find_state(weights::read_published(file), detector->state(), context.parameters.text("within"),
                                   file.string());
  detector->load(state.tensors, file.string());
  const auto& folder = context.files.front();
  std::filesystem::create_directories(folder);
  const int64_t samples = context.parameters.integer("samples");
  write_model(folder,
              {.detector = detector->name(),
               .samples = samples > 0 ? samples : detector->samples(),
               .weights = text,
               .weights_sha256 = weights::content_digest(file),
               .settings = spelled_settings(context.parameters)},
              detector->state());
}

std::vector<std::string> lacks(const engine::Parameters& parameters) {
  const std::string reason = weights::why_not_published(parameters.text("weights"));
  return reason.empty() ? std::vector<std::string>{} : std::vector<std::string>{"weights " + reason};
}

using engine::Type;
using engine::Value;

}  // namespace

engine::Kind load_model_kind() {
  return {.name = "load_model",
          .summary = "takes a published countermeasure by its own names, to be scored like a trained one",
          .role = engine::Role::task,
          .parameters = {{.name = "detector",
                          .type = Type::text,
                          .summary = "which countermeasure",
                          .default_value = Value("aasist"),
                          .choices = detectors::detector_names()},
                         {.name = "weights",
                          .type = Type::text,
                          .summary = "checkpoint file: a path, or a place below CFO_WEIGHTS"},
                         {.name = "within",
                          .type = Type::text,
                          .summary = "dict of the file that holds them, where several fit (ema); '': the one that fits",
                          .default_value = Value("")},
                         {.name = "samples",
                          .type = Type::integer,
                          .summary = "input length; 0: the published one",
                          .unit = "samples",
                          .default_value = Value(int64_t{0}),
                          .min = 0,
                          .max = 16000 * 60}},
          .outputs = {{.folder = "models", .extension = ""}},
          .lacks = lacks,
          .fingerprint =
              [](const engine::Parameters& parameters) {
                return weights::published_fingerprint(parameters.text("weights"));
              },
          .run = run};
}

}  // namespace cfo::kinds
