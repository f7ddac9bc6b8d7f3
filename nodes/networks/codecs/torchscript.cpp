#include "nodes/networks/codecs/torchscript.h"

#include <fmt/ranges.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

/// libtorch's message up to its first line's end: the rest is a trace of C++ frames.
std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

/// The last line that says something: a TorchScript failure tells its own trace first and the reason at the end.
std::string last_line(const std::exception& error) {
  std::string text = error.what();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
}

torch::jit::Module load_module(const std::filesystem::path& file, c10::Device device) {
  if (!std::filesystem::is_regular_file(file)) {
    throw Error("{}: there is no such TorchScript file; check the card's weights", file.string());
  }
  try {
    auto module = torch::jit::load(file.string(), device);
    if (module.hasattr("training")) module.eval();  // a frozen module has no such attribute
    return module;
  } catch (const std::exception& error) {
    throw Error("{}: not a TorchScript module ({}); save one with torch.jit.script(module).save(...)", file.string(),
                first_line(error));
  }
}

torch::jit::Method method_of(const torch::jit::Module& module, const std::string& name,
                             const std::filesystem::path& file) {
  auto method = module.find_method(name);
  if (!method) {
    throw Error("{}: the TorchScript module has no method '{}'; export it with @torch.jit.export", file.string(), name);
  }
  return std::move(*method);
}

class TorchScriptCodec final : public Codec {
 public:
  TorchScriptCodec(const Card& card, const std::filesystem::path& file, c10::Device device)
      : Codec(card),
        file_(file.string()),
        device_(device),
        module_(load_module(file, device)),
        encode_(method_of(module_, "encode", file)),
        decode_(method_of(module_, "decode", file)) {}

  Latent encode(const at::Tensor& wave) const override {
    check_wave(card(), wave);
    return {wave.to(device_), wave.size(2), {}};
  }

  Codes quantize(const Latent& latent) const override {
    const tensors::Inference inference;
    const auto result = call(encode_, latent.values);
    const auto codes = first_tensor(result, "encode");
    if (codes.dim() != 3 || codes.size(0) != latent.values.size(0) || codes.size(1) != card().codebooks ||
        !at::isIntegralType(codes.scalar_type(), /*includeBool=*/false)) {
      throw wrong("encode", codes, fmt::format("integers [{}, {}, frames]", latent.values.size(0), card().codebooks));
    }
    return {{codes.to(at::kLong)}, latent.samples, {}};
  }

  Latent dequantize(const Codes& codes) const override {
    check_streams(card(), codes);
    return {codes.streams.front().to(device_), codes.samples, {}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    const auto result = call(decode_, quantized.values);
    const auto wave = first_tensor(result, "decode");
    if (wave.dim() != 3 || wave.size(0) != quantized.values.size(0) || wave.size(1) != 1 || !wave.is_floating_point()) {
      throw wrong("decode", wave, fmt::format("float [{}, 1, samples]", quantized.values.size(0)));
    }
    return wave.to(at::kFloat);
  }

 private:
  c10::IValue call(const torch::jit::Method& method, const at::Tensor& argument) const {
    try {
      return method({argument});
    } catch (const std::exception& error) {
      throw Error("{}: the method '{}' of the TorchScript module failed: {}", file_, method.name(), last_line(error));
    }
  }

  at::Tensor first_tensor(const c10::IValue& value, const char* method) const {
    if (value.isTensor()) return value.toTensor();
    if (value.isTuple() && !value.toTupleRef().elements().empty() && value.toTupleRef().elements()[0].isTensor()) {
      return value.toTupleRef().elements()[0].toTensor();
    }
    throw Error(
        "{}: the method '{}' of the TorchScript module gives {}; it must give a tensor, or a tuple that begins with "
        "one",
        file_, method, value.tagKind());
  }

  Error wrong(const char* method, const at::Tensor& found, const std::string& wanted) const {
    return Error("{}: the method '{}' of the TorchScript module gives {} [{}] where codec '{}' needs {}", file_, method,
                 c10::toString(found.scalar_type()), fmt::join(found.sizes(), ", "), card().name, wanted);
  }

  std::string file_;
  c10::Device device_;
  torch::jit::Module module_;
  torch::jit::Method encode_, decode_;
};

}  // namespace

std::unique_ptr<Codec> load_torchscript(const Card& card, const std::filesystem::path& file, c10::Device device) {
  return std::make_unique<TorchScriptCodec>(card, file, device);
}

}  // namespace cfo::codecs
