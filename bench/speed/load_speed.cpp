#include "bench/speed/load_speed.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "bench/measure/clocks.h"
#include "bench/measure/seeded_weights.h"
#include "bench/measure/torch_writer.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "nodes/networks/tensors/compute.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::bench {
namespace {

namespace fs = std::filesystem;

/// A line of /proc/self/status ("VmHWM"), in bytes.
std::int64_t memory(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(what + ":")) return 1024 * std::stoll(line.substr(what.size() + 1));
  return 0;
}

/// The kernel's mark of the greatest resident set, back to what is resident now.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

/// Runs `work` in a process of its own, so that no memory that another measurement left serves it; what `work` returns
/// lives until the memory is measured. Throws Error with the sentence of one that it throws.
LoadStage measure_apart(const std::string& name, const std::function<std::shared_ptr<void>()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw Error("a measurement cannot be started (no pipe)");
  const pid_t child = ::fork();
  if (child < 0) throw Error("a measurement cannot be started (no process)");
  if (child == 0) {
    std::ostringstream told;
    try {
      forget_peak();
      const std::int64_t before = memory("VmRSS"), own_before = memory("RssAnon");
      const Stopwatch watch;
      const std::shared_ptr<void> kept = work();
      const double seconds = watch.read().wall;
      told << "+ " << seconds << ' ' << memory("VmHWM") - before << ' ' << memory("RssAnon") - own_before;
    } catch (const std::exception& error) {
      told << "- " << error.what();
    }
    const std::string line = told.str();
    const bool written = ::write(ends[1], line.data(), line.size()) == static_cast<ssize_t>(line.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string line;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], part, sizeof part)) > 0;)
    line.append(part, static_cast<std::size_t>(got));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!line.starts_with("+ ")) throw Error(line.empty() ? "a measurement ended without a word" : line.substr(2));
  LoadStage stage{name};
  std::istringstream(line.substr(2)) >> stage.seconds >> stage.peak >> stage.own;
  return stage;
}

LoadStage fastest(const std::string& name, int repeat, const std::function<std::shared_ptr<void>()>& work) {
  LoadStage best = measure_apart(name, work);
  for (int i = 1; i < repeat; ++i) {
    const LoadStage next = measure_apart(name, work);
    if (next.seconds < best.seconds) best = next;
  }
  return best;
}

/// Touches every page that a tensor lies on.
void touch(const at::Tensor& tensor) {
  constexpr std::size_t page = 4096;
  volatile char sum = 0;
  const auto* data = static_cast<const char*>(tensor.data_ptr());
  for (std::size_t i = 0; i < tensor.nbytes(); i += page) sum = static_cast<char>(sum + data[i]);
}

void fill_page_cache(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> part(1 << 20);
  while (stream.read(part.data(), static_cast<std::streamsize>(part.size()))) {
  }
}

}  // namespace

LoadSpeed measure_load(const fs::path& file, const codecs::Card* card, int repeat) {
  LoadSpeed speed{file, storage::describe_checkpoint(file).container, 0, {}};
  if (fs::is_regular_file(file)) {
    speed.bytes = fs::file_size(file);
    fill_page_cache(file);
  }
  const auto open = [&] { return std::make_shared<TensorMap>(storage::read_checkpoint(file)); };
  speed.stages.push_back(fastest("open", repeat, open));
  speed.stages.push_back(fastest("read", repeat, [&] {
    auto tensors = open();
    for (const auto& [name, tensor] : *tensors)
      if (tensor.numel() > 0 && tensor.is_contiguous()) touch(tensor);
    return tensors;
  }));
  if (card == nullptr) return speed;
  speed.stages.push_back(fastest("network", repeat, [&] {
    at::set_num_threads(1);
    const tensors::Inference inference;
    return std::shared_ptr<codecs::Codec>(codecs::make_codec(
        *card, tensors::WeightScope(storage::read_checkpoint(file), file.string()), tensors::parse_device("cpu")));
  }));
  return speed;
}

std::vector<fs::path> write_seeded_checkpoints(const fs::path& like, const std::string& model, const fs::path& folder) {
  const std::vector<fs::path> files{folder / "seeded.pt", folder / "seeded_legacy.pt", folder / "seeded.safetensors"};
  // Apart, so that this process stays small.
  measure_apart("write", [&] {
    const auto tensors = seeded_weights(like, model);
    write_torch_zip(files[0], tensors);
    write_torch_legacy(files[1], tensors);
    storage::write_safetensors(files[2], tensors);
    return nullptr;
  });
  return files;
}

}  // namespace cfo::bench
