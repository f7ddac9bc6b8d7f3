#include "nodes/kinds/shared/corpus_selection.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/nearest.h"
#include "base/parallel.h"
#include "base/text.h"
#include "nodes/kinds/shared/survey_text.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

namespace fs = std::filesystem;
using engine::Type;
using engine::Value;

/// Headers opened to learn how many bytes a second of a corpus takes.
constexpr std::size_t probed_files = 32;
/// Bytes a second where no header can be read: 16-bit mono at 48 kHz, as VCTK has it, halved by FLAC.
constexpr double usual_bytes_per_second = 48000 * 2 * 0.5;

struct Listing {
  storage::Corpus corpus;
  std::vector<std::string> speakers;  ///< sorted
  double bytes_per_second = usual_bytes_per_second;
};

storage::CorpusOptions options_of(const engine::Parameters& parameters) {
  return {.layout = parameters.text("layout"),
          .root = parameters.text("root"),
          .microphone = parameters.text("microphone"),
          .protocol = parameters.text("protocol")};
}

storage::Split split_from(const engine::Parameters& parameters) {
  return {.validation = parameters.texts("validation"), .eval = parameters.texts("eval")};
}

bool needs_protocol(const std::string& layout) { return layout == "asvspoof2019" || layout == "codecfake_plus"; }

double measure_bytes_per_second(const std::vector<storage::Utterance>& utterances) {
  double bytes = 0, seconds = 0;
  for (const auto index : spread(utterances.size(), probed_files)) {
    const auto& utterance = utterances[index];
    try {
      const auto known = storage::probe_audio(utterance.file).seconds();
      if (!known) continue;
      seconds += *known;
      bytes += static_cast<double>(utterance.bytes);
    } catch (const Error&) {
      // A broken file is reported when it is loaded; the estimate does without it.
    }
  }
  return seconds > 0 ? bytes / seconds : usual_bytes_per_second;
}

std::string key_of(const storage::CorpusOptions& options) {
  return fmt::format("{}|{}|{}|{}", options.layout, options.root.string(), options.microphone,
                     options.protocol.string());
}

/// Corpora listed by this process.
class Listings {
 public:
  std::shared_ptr<const Listing> get(const storage::CorpusOptions& options) {
    const std::string key = key_of(options);
    const std::scoped_lock lock(mutex_);
    auto& known = listings_[key];
    if (known == nullptr) {
      auto listing = std::make_shared<Listing>();
      listing->corpus = storage::list_corpus(options);
      std::set<std::string> speakers;
      for (const auto& utterance : listing->corpus.utterances) speakers.insert(utterance.speaker_id);
      listing->speakers.assign(speakers.begin(), speakers.end());
      listing->bytes_per_second = measure_bytes_per_second(listing->corpus.utterances);
      known = std::move(listing);
    }
    return known;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Listing>> listings_;
};

std::shared_ptr<const Listing> listing_of(const storage::CorpusOptions& options) {
  static Listings listings;
  return listings.get(options);
}

/// What follows the name of a speaker who is not there: the one who may be meant.
std::string meant(const std::string& speaker, const std::vector<std::string>& speakers) {
  for (const auto& known : speakers)
    if (same_letters(known, speaker))
      return fmt::format("; '{}' is, in another form of Unicode: copy the name from the folder", known);
  std::string near = nearest(speaker, speakers);
  for (const auto& known : speakers)  // "0011" for "spk0011"
    if (near.empty() && !speaker.empty() && known.ends_with(speaker)) near = known;
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

struct UnknownSpeakers {
  std::vector<std::string> mistakes;  ///< they would put speech into a split where it must not be
  std::vector<std::string> notes;
};

/// The speakers of the lists whom the corpus lacks. One who stands in the list of the split that is read, or whose name
/// is nearly that of another, is a mistake: his speech would be trained on. A list of one name that fits nothing, for a
/// split that is not read here, is a way to say "nobody", and a note.
UnknownSpeakers unknown_speakers(const engine::Parameters& parameters, const std::vector<std::string>& speakers) {
  UnknownSpeakers result;
  const std::string& read = parameters.text("split");
  for (const char* split : {"validation", "eval"}) {
    for (const auto& speaker : parameters.texts(split)) {
      if (read == "all" || std::binary_search(speakers.begin(), speakers.end(), speaker)) continue;
      const std::string other = meant(speaker, speakers);
      const std::string sentence =
          fmt::format("{} speaker '{}' is not in the corpus{}", split, speaker,
                      other.empty() ? fmt::format("{}; set corpus.{} to some of its speakers, or to [] for none",
                                                  suggestion("", speakers), split)
                                    : other);
      (read == split || !other.empty() ? result.mistakes : result.notes).push_back(sentence);
    }
  }
  return result;
}

}  // namespace

std::vector<engine::Parameter> corpus_parameters(const std::string& split) {
  const storage::Split paper;
  return {
      {.name = "layout",
       .type = Type::text,
       .summary = "how the corpus lies on disk",
       .default_value = Value("vctk"),
       .choices = {"vctk", "folder", "asvspoof2019", "codecfake_plus"}},
      {.name = "root", .type = Type::path, .summary = "folder of the corpus", .is_location = true},
      {.name = "microphone",
       .type = Type::text,
       .summary = "which recording of VCTK 0.92",
       .default_value = Value("mic1"),
       .choices = {"mic1", "mic2"}},
      {.name = "protocol",
       .type = Type::path,
       .summary = "protocol file of the layouts asvspoof2019 and codecfake_plus",
       .default_value = Value(""),
       .is_location = true},
      {.name = "validation",
       .type = Type::texts,
       .summary = "speakers of the validation split; default: the paper's",
       .default_value = Value(paper.validation)},
      {.name = "eval",
       .type = Type::texts,
       .summary = "speakers of the eval split; default: the paper's",
       .default_value = Value(paper.eval)},
      {.name = "split",
       .type = Type::text,
       .summary = "which split to read",
       .default_value = Value(split),
       .choices = {"train", "validation", "eval", "all"}},
      {.name = "limit",
       .type = Type::integer,
       .summary = "maximum number of utterances, evenly spread over speakers; 0: all",
       .unit = "items",
       .default_value = Value(int64_t{0}),
       .min = 0},
  };
}

std::vector<std::string> check_corpus(const engine::Parameters& parameters) {
  try {
    storage::check_disjoint(split_from(parameters));
  } catch (const Error& error) {
    return {error.what()};
  }
  if (!lacking_corpus(parameters).empty()) return {};
  try {
    return unknown_speakers(parameters, listing_of(options_of(parameters))->speakers).mistakes;
  } catch (const Error&) {
    return {};  // a corpus that cannot be listed is told by the plan
  }
}

std::vector<std::string> lacking_corpus(const engine::Parameters& parameters) {
  std::vector<std::string> sentences;
  const auto options = options_of(parameters);
  if (!fs::is_directory(options.root)) {
    sentences.push_back(fmt::format("the corpus root '{}' is not a folder; set corpus.root to where the corpus lies",
                                    options.root.string()));
  }
  if (needs_protocol(options.layout) && !fs::is_regular_file(options.protocol)) {
    sentences.push_back(
        fmt::format("layout {} needs 'protocol', and '{}' is not a file", options.layout, options.protocol.string()));
  }
  return sentences;
}

Selection select_utterances(const engine::Parameters& parameters) {
  const auto listing = listing_of(options_of(parameters));
  const storage::Split split = split_from(parameters);
  const std::string& wanted = parameters.text("split");
  std::vector<const storage::Utterance*> fitting;
  for (const auto& utterance : listing->corpus.utterances) {
    if (wanted == "all" || storage::split_of(split, utterance.speaker_id) == wanted) fitting.push_back(&utterance);
  }
  const auto limit = static_cast<std::size_t>(parameters.integer("limit"));
  Selection selection{.utterances = {}, .faults = listing->corpus.faults, .notes = {}};
  selection.notes = unknown_speakers(parameters, listing->speakers).notes;
  for (const auto index : spread(fitting.size(), limit == 0 ? fitting.size() : limit)) {
    const auto& utterance = *fitting[index];
    selection.utterances.push_back({utterance, static_cast<double>(utterance.bytes) / listing->bytes_per_second});
  }
  return selection;
}

std::string describe_corpus(const engine::Parameters& parameters) {
  static std::mutex mutex;
  static std::map<std::string, std::string> known;
  const auto options = options_of(parameters);
  const auto split = split_from(parameters);
  const std::scoped_lock lock(mutex);
  auto& text =
      known[fmt::format("{}|{}|{}", key_of(options), fmt::join(split.validation, ","), fmt::join(split.eval, ","))];
  if (!text.empty()) return text;
  try {
    text = survey_text(storage::survey_corpus(options, split, core_count()));
  } catch (const Error&) {
    return "";  // the plan tells why
  }
  return text;
}

engine::PlannedItem planned_item(const ChosenUtterance& chosen) {
  const auto& utterance = chosen.utterance;
  return {.id = utterance.utterance_id,
          .seconds = chosen.seconds,
          .fingerprint = fmt::format("{} {}", utterance.speaker_id,
                                     utterance.label == storage::Label::spoof ? "spoof" : "bonafide"),
          .file = utterance.file,
          .payload = utterance};
}

std::vector<std::size_t> spread(std::size_t total, std::size_t count) {
  count = std::min(count, total);
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < count; ++i) positions.push_back(i * total / count);
  return positions;
}

}  // namespace cfo::kinds
