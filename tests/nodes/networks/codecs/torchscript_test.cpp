#include "nodes/networks/codecs/torchscript.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "tests/support/skip.h"

using namespace cfo;

namespace {

constexpr auto modules = R"(
import sys, torch

class Whole(torch.nn.Module):
    """Codes a sample as 16-bit number, split into two codes of 8 bit; 'hop' is one sample."""
    def __init__(self):
        super().__init__()
        self.dropout = torch.nn.Dropout(0.5)
    @torch.jit.export
    def encode(self, wave):
        number = self.dropout((wave[:, 0] * 32767).round() + 32768).to(torch.int32)
        return torch.stack([number.div(256, rounding_mode='floor'), number % 256], 1)
    @torch.jit.export
    def decode(self, codes):
        return ((codes[:, 0] * 256 + codes[:, 1]) - 32768).float().unsqueeze(1) / 32767

class Paired(Whole):
    @torch.jit.export
    def encode(self, wave):
        return torch.zeros(wave.shape[0], 2, 3, dtype=torch.int64), wave.mean()

class Silent(torch.nn.Module):
    @torch.jit.export
    def encode(self, wave):
        return torch.zeros(1, 2, 3, dtype=torch.int64)

class Misshapen(Whole):
    @torch.jit.export
    def encode(self, wave):
        return torch.zeros(wave.shape[0], 5, 3, dtype=torch.int64)
    @torch.jit.export
    def decode(self, codes):
        return codes.float()[:, 0]

class Failing(Whole):
    @torch.jit.export
    def encode(self, wave):
        return torch.ones(2, 3).matmul(torch.ones(2, 3))

for kind in (Whole, Paired, Silent, Misshapen, Failing):
    torch.jit.script(kind()).save(sys.argv[1] + '/' + kind.__name__ + '.pt')
)";

/// The modules, written by Debian's python3-torch; empty where that is not installed.
class ModuleFolder {
 public:
  ModuleFolder() : folder_(std::filesystem::temp_directory_path() / ("cfo-torchscript-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "make.py") << modules;
    const auto command =
        "/usr/bin/python3 '" + (folder_ / "make.py").string() + "' '" + folder_.string() + "' 2>/dev/null";
    made_ = std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") == 0;
    if (made_) REQUIRE(std::system(command.c_str()) == 0);
  }
  ~ModuleFolder() { std::filesystem::remove_all(folder_); }
  bool made() const { return made_; }
  std::filesystem::path file(const std::string& name) const { return folder_ / (name + ".pt"); }
  std::unique_ptr<codecs::Codec> load(const std::string& name) const {
    return codecs::load_torchscript(card(), file(name));
  }

  static codecs::Card card() {
    codecs::Card card;
    card.name = "mine";
    card.backend = "torchscript";
    card.sample_rate = 16000;
    card.hop = 1;
    card.codebooks = 2;
    return card;
  }

 private:
  std::filesystem::path folder_;
  bool made_ = false;
};

}  // namespace

TEST_CASE("a file that is no TorchScript module is refused") {
  const ModuleFolder folder;
  CHECK_THROWS_WITH_AS(folder.load("absent"), doctest::Contains("absent.pt: there is no such TorchScript file"), Error);
  std::ofstream(folder.file("text")) << "not a module";
  CHECK_THROWS_WITH_AS(folder.load("text"), doctest::Contains("text.pt: not a TorchScript module"), Error);
}

TEST_CASE("TorchScript modules as codecs") {
  const ModuleFolder folder;
  if (!folder.made()) {
    test::skip("/usr/bin/python3 has no torch to write the modules with");
    return;
  }
  const auto wave = (at::arange(40, at::kFloat) / 50 - 0.4).view({2, 1, 20});

  SUBCASE("a module's encode and decode become the codec's, in evaluation mode") {
    const auto codec = folder.load("Whole");
    const auto codes = codec->quantize(codec->encode(wave));
    REQUIRE(codes.streams.size() == 1);
    CHECK((codes.streams.front().scalar_type() == at::kLong));
    CHECK(codes.streams.front().sizes() == at::IntArrayRef({2, 2, 20}));
    CHECK(codes.samples == 20);
    CHECK(at::allclose(codec->decode(codes), wave, 0, 1.0 / 32767));
  }
  SUBCASE("codes may come first in a tuple") {
    const auto codec = folder.load("Paired");
    CHECK(at::equal(codec->quantize(codec->encode(wave)).streams.front(), at::zeros({2, 2, 3}, at::kLong)));
  }
  SUBCASE("a missing method is told") {
    CHECK_THROWS_WITH_AS(folder.load("Silent"),
                         doctest::Contains("Silent.pt: the TorchScript module has no method 'decode'"), Error);
  }
  SUBCASE("output of another shape is told") {
    const auto codec = folder.load("Misshapen");
    CHECK_THROWS_WITH_AS(codec->quantize(codec->encode(wave)),
                         doctest::Contains("gives Long [2, 5, 3] where codec 'mine' needs integers [2, 2, frames]"),
                         Error);
    CHECK_THROWS_WITH_AS(codec->decode({{at::zeros({2, 2, 3}, at::kLong)}, 20, {}}),
                         doctest::Contains("gives Float [2, 3] where codec 'mine' needs float [2, 1, samples]"), Error);
  }
  SUBCASE("a module that fails is told with its reason") {
    const auto codec = folder.load("Failing");
    CHECK_THROWS_WITH_AS(codec->quantize(codec->encode(wave)),
                         doctest::Contains("the method 'encode' of the TorchScript module failed"), Error);
  }
}
