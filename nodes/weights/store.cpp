#include "nodes/weights/store.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/open_codec.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::weights {
namespace {

namespace fs = std::filesystem;

/// The value of an environment variable, "" where it is not set.
std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// SHA-256 of files, computed once for each state of a file.
class FileDigests {
 public:
  std::string of(const fs::path& path) {
    const std::string key = path.string() + "|" + weight_stamp(path);
    const std::scoped_lock lock(mutex_);
    auto& known = digests_[key];
    if (known.empty()) known = digest_of_file(path);
    return known;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> digests_;
};

std::unique_ptr<codecs::Codec> build(const codecs::Card& card, const std::string& device_name,
                                     const std::optional<fs::path>& tables) {
  const tensors::Inference inference;
  const c10::Device device = tensors::parse_device(device_name);
  if (card.backend == "fitted") {
    return codecs::make_codec(card, tensors::WeightScope(storage::read_checkpoint(*tables), tables->string()), device);
  }
  if (const std::string reason = why_unavailable(card); !reason.empty())
    throw Error("codec '{}': {}", card.name, reason);
  for (const auto& file : card.weights) require_published(file);
  return open_codec(card, device, weight_path).codec;
}

/// Networks in use, each built once however many threads ask for it.
class Networks {
 public:
  template <typename Build>
  std::shared_ptr<const codecs::Codec> get(const std::string& key, const Build& build_one) {
    const auto slot = slot_for(key);
    const std::scoped_lock lock(slot->mutex);
    auto network = slot->network.lock();
    if (network == nullptr) {
      network = build_one();
      slot->network = network;
    }
    return network;
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const codecs::Codec> network;
  };

  std::shared_ptr<Slot> slot_for(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    auto& slot = slots_[key];
    if (slot == nullptr) slot = std::make_shared<Slot>();
    return slot;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace

fs::path weights_root() {
  if (const auto root = environment("CFO_WEIGHTS"); !root.empty()) return root;
  if (const auto cache = environment("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "cfo" / "weights";
  if (const auto home = environment("HOME"); !home.empty()) return fs::path(home) / ".cache" / "cfo" / "weights";
  throw Error("there is no folder for weights: set CFO_WEIGHTS to the one that holds them");
}

fs::path weight_path(const codecs::WeightFile& file) { return weights_root() / file.folder / file.file; }

std::vector<codecs::WeightFile> missing_files(std::span<const codecs::WeightFile> files) {
  std::vector<codecs::WeightFile> missing;
  for (const auto& file : files) {
    const bool told = std::any_of(missing.begin(), missing.end(),
                                  [&](const auto& other) { return weight_path(other) == weight_path(file); });
    if (!told && !fs::is_regular_file(weight_path(file))) missing.push_back(file);
  }
  return missing;
}

std::string why_missing(std::span<const codecs::WeightFile> files, const std::string& name) {
  std::string fetched, by_hand;
  for (const auto& file : missing_files(files)) {
    const fs::path path = weight_path(file);
    if (!file.url.empty()) {
      fetched += fmt::format("{}{} into {}", fetched.empty() ? "" : ", ", file.file, path.parent_path().string());
    } else if (!file.page.empty()) {
      by_hand += fmt::format("{}get {} from {} in a browser, then run 'cfo-weights add {} {}'",
                             by_hand.empty() ? "" : "; ", file.file, file.page, name, file.file);
    } else {
      by_hand += fmt::format("{}put {} into {}", by_hand.empty() ? "" : "; ", file.file, path.parent_path().string());
    }
  }
  if (fetched.empty() && by_hand.empty()) return "";
  if (!fetched.empty()) fetched = fmt::format("run 'cfo-weights fetch {}' ({})", name, fetched);
  return "not downloaded: " + fetched + (fetched.empty() || by_hand.empty() ? "" : "; ") + by_hand;
}

void require_published(const codecs::WeightFile& file) {
  const fs::path path = weight_path(file);
  if (file.sha256.empty() || content_digest(path) == file.sha256) return;
  throw Error("{}: not the published weight file, its SHA-256 is {} instead of {}; download it again from {}",
              path.string(), content_digest(path), file.sha256, file.url.empty() ? file.page : file.url);
}

std::string why_unavailable(const codecs::Card& card) {
  if (!codecs::is_implemented(card)) return fmt::format("not implemented yet (family {})", card.family);
  if (card.backend == "fitted") return "";
  std::string reason = why_missing(card.weights, card.name);
  if (reason.empty() && card.weights.empty())
    reason = fmt::format("the card {} names no weight file", card.file.string());
  return reason;
}

std::string content_digest(const fs::path& path) {
  static FileDigests digests;
  return digests.of(path);
}

std::string weight_stamp(const fs::path& path) {
  std::error_code size_fault, time_fault;
  const auto size = fs::file_size(path, size_fault);
  const auto time = fs::last_write_time(path, time_fault);
  if (size_fault || time_fault)
    throw Error("{}: the weight file cannot be read; check the path and its permissions", path.string());
  return fmt::format("{}:{}", size, time.time_since_epoch().count());
}

std::string files_fingerprint(std::span<const codecs::WeightFile> files) {
  Digest digest;
  for (const auto& file : files) {
    const fs::path path = weight_path(file);
    digest.field(file.folder + "/" + file.file);
    // A file whose digest is known is checked against it when it is loaded; its size and time say nothing more.
    digest.field(!fs::is_regular_file(path) ? "missing" : file.sha256.empty() ? weight_stamp(path) : file.sha256);
  }
  return digest.hex();
}

std::string weights_fingerprint(const codecs::Card& card) {
  Digest digest;
  digest.field(read_text(card.file));
  digest.field(files_fingerprint(card.weights));
  return digest.hex();
}

std::string weights_digest(const codecs::Card& card, const std::optional<fs::path>& tables) {
  Digest digest;
  digest.field(read_text(card.file));
  for (const auto& file : card.weights) {
    require_published(file);
    digest.field(content_digest(weight_path(file)));
  }
  if (tables) digest.field(content_digest(*tables));
  return digest.hex();
}

std::shared_ptr<const codecs::Codec> load_codec(const codecs::Card& card, const std::string& device,
                                                const std::optional<fs::path>& tables) {
  static Networks networks;
  if (card.backend == "fitted" && !tables) {
    throw Error(
        "codec '{0}' has no fitted codebooks here; add a fit_codec task under 'first:' and 'needs: [ITS NAME]' to the "
        "nodes "
        "that use {0}",
        card.name);
  }
  const auto own_tables = card.backend == "fitted" ? tables : std::nullopt;
  const std::string key = fmt::format("{}|{}|{}|{}", card.file.string(), device, weights_fingerprint(card),
                                      own_tables ? own_tables->string() + content_digest(*own_tables) : "");
  return networks.get(key, [&] { return std::shared_ptr<const codecs::Codec>(build(card, device, own_tables)); });
}

}  // namespace cfo::weights
