// torch.save of the machine's own Python writes, this reads, and the other way round. Skips where Python has no torch.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"
#include "tests/support/skip.h"

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

/// What the saving script ends with where Python has no torch.
constexpr int no_torch = 3;
constexpr int no_python = 127;  // the shell's

/// Runs a script with the folder as its argument; its exit status.
int python(const TemporaryFolder& folder, const std::string& script) {
  const fs::path file = folder.write("script.py", script);
  const std::string command = "/usr/bin/python3 " + file.string() + " " + folder.path().string() + " 2>/dev/null";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr const char* save_script = R"(
import argparse, collections, os, sys
try:
    import torch
except ImportError:
    sys.exit(3)
class Evil:
    def __reduce__(self):
        return os.system, ('touch ' + sys.argv[1] + '/ran',)
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
with torch.no_grad():
    for i, p in enumerate(module.parameters()):
        p.copy_(torch.arange(p.numel()).view_as(p) + 10 * i)
base = torch.arange(24.)
values = {'state_dict': module.state_dict(), 'parameter': module[0].weight, 'transposed': base.view(4, 6).t(),
          'slice': base[5:11:2], 'expanded': base[3:4].expand(5), 'half': base[:3].half(),
          'brain': base[:3].bfloat16(), 'mask': base > 20, 'long': torch.tensor([1 << 40]), 'empty': torch.zeros(0, 3),
          'list': [base, (base, {'deep': base})], 'epoch': 3, 'rate': 1e-3, 'big': 1 << 100, 'name': 'é',
          'raw': b'\x00\xff', 'args': argparse.Namespace(lr=1), 'size': base.shape, 'dtype': torch.float16,
          'set': {1, 2}, 'default': collections.defaultdict(list, a=base), 'counter': collections.Counter('aab'),
          'evil': Evil()}
values['optimizer'] = torch.optim.Adam(module.parameters()).state_dict()
for protocol in (2, 3, 4, 5):
    torch.save(values, f'{sys.argv[1]}/p{protocol}.pt', pickle_protocol=protocol)
    torch.save(values, f'{sys.argv[1]}/legacy{protocol}.pt', pickle_protocol=protocol,
               _use_new_zipfile_serialization=False)
torch.save(module, sys.argv[1] + '/legacy_module.pt', _use_new_zipfile_serialization=False)
torch.jit.script(module).save(sys.argv[1] + '/scripted.pt')
torch.save(module, sys.argv[1] + '/module.pt')
)";

std::string error_of(const fs::path& file) {
  try {
    storage::read_checkpoint(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every container and pickle protocol of torch.save gives the same tensors, other files their own sentence") {
  const TemporaryFolder folder;
  const int status = python(folder, save_script);
  if (status == no_torch || status == no_python) {
    skip("/usr/bin/python3 has no torch (Debian: python3-torch)");
    return;
  }
  REQUIRE(status == 0);
  const at::Tensor base = at::arange(24, at::kFloat);
  for (const auto* name :
       {"p2.pt", "p3.pt", "p4.pt", "p5.pt", "legacy2.pt", "legacy3.pt", "legacy4.pt", "legacy5.pt"}) {
    INFO(name);
    const auto tensors = storage::read_checkpoint(folder.path() / name);
    CHECK(tensors.size() == 20);
    CHECK(at::equal(tensors.at("state_dict.0.weight"), at::arange(6, at::kFloat).view({2, 3})));
    CHECK(at::equal(tensors.at("state_dict.1.bias"), at::tensor({30.f, 31.f})));
    CHECK(tensors.at("state_dict.1.num_batches_tracked").item<int64_t>() == 0);
    CHECK(at::equal(tensors.at("parameter"), tensors.at("state_dict.0.weight")));
    CHECK(tensors.at("parameter").data_ptr() == tensors.at("state_dict.0.weight").data_ptr());
    CHECK(at::equal(tensors.at("transposed"), base.view({4, 6}).t()));
    CHECK(at::equal(tensors.at("slice"), at::tensor({5.f, 7.f, 9.f})));
    CHECK(at::equal(tensors.at("expanded"), at::full({5}, 3.f)));
    CHECK(at::equal(tensors.at("half"), base.slice(0, 0, 3).to(at::kHalf)));
    CHECK(at::equal(tensors.at("brain"), base.slice(0, 0, 3).to(at::kBFloat16)));
    CHECK(at::equal(tensors.at("mask"), base > 20));
    CHECK(tensors.at("long").item<int64_t>() == int64_t{1} << 40);
    CHECK(tensors.at("empty").sizes() == at::IntArrayRef({0, 3}));
    CHECK(at::equal(tensors.at("list.1.1.deep"), base));
    CHECK(at::equal(tensors.at("default.a"), base));
    const auto summary = storage::describe_checkpoint(folder.path() / name);
    CHECK(summary.container == (std::string_view(name).starts_with("legacy") ? "torch legacy" : "torch zip"));
    for (const auto& entry : summary.entries)
      if (entry.name == "args") CHECK(entry.type == "opaque argparse.Namespace");
    CHECK(storage::read_checkpoint(folder.path() / name, {.nesting = {"state_dict"}, .prefix = ""}).size() == 7);
  }
  CHECK_FALSE(fs::exists(folder.path() / "ran"));
  CHECK(error_of(folder.path() / "scripted.pt").find("is a TorchScript module") != std::string::npos);
  for (const auto* name : {"module.pt", "legacy_module.pt"})
    CHECK(error_of(folder.path() / name).find("only the Python object 'torch.nn.modules.container.Sequential'") !=
          std::string::npos);
}

TEST_CASE("a safetensors file written here is read by the format's own rules in Python") {
  const TemporaryFolder folder;
  if (python(folder, "") == no_python) {
    skip("there is no /usr/bin/python3");
    return;
  }
  storage::write_safetensors(folder.path() / "x.safetensors",
                             {{"w", at::arange(6, at::kFloat).view({2, 3}).t()}, {"n", at::tensor({-5}, at::kLong)}},
                             {{"format", "pt"}});
  CHECK(python(folder, R"(
import json, struct, sys
data = open(sys.argv[1] + '/x.safetensors', 'rb').read()
size, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + size])
assert header.pop('__metadata__') == {'format': 'pt'}
def values(name, code):
    begin, end = header[name]['data_offsets']
    part = data[8 + size + begin:8 + size + end]
    return list(struct.unpack(f'<{len(part) // struct.calcsize(code)}{code}', part))
assert header['w']['shape'] == [3, 2] and header['w']['dtype'] == 'F32' and values('w', 'f') == [0, 3, 1, 4, 2, 5]
assert header['n']['dtype'] == 'I64' and values('n', 'q') == [-5]
assert max(row['data_offsets'][1] for row in header.values()) == len(data) - 8 - size
)") == 0);
}
