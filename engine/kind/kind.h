// Node kinds: how a kind of node describes itself, is made and runs; and the registry that holds them all.
#pragma once

#include <any>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/kind/item.h"
#include "engine/kind/parameters.h"

namespace cfo::engine {

enum class Role {
  source,     ///< lists items at planning time, loads each in the flow
  transform,  ///< reads fields of its inputs, adds fields
  sink,       ///< writes one output file a unit, in item order
  task        ///< runs once its inputs are complete: fitting, training, scoring, the report
};

/// One item's way through a node: an item from each input port (in the kind's port order), and the result, which begins
/// as a copy of the first port's item.
struct Work {
  std::vector<std::shared_ptr<const Item>> inputs;
  Item output;
};

/// The body of a source (loading), a transform or a sink. `process` of a source or transform may be called by several
/// threads at once.
class Node {
 public:
  virtual ~Node() = default;

  /// Computes a batch: sets fields on each `output`. An exception fails the item (a batch of several is then tried one
  /// by one).
  virtual void process(std::span<Work> batch) = 0;

  /// A sink's last call when every item is through: closes its file. Not called for a unit that was broken off.
  virtual void finish() {}
};

/// A finished unit that a node or task needs: where its files are.
struct Artifact {
  std::string node;  ///< name in the graph
  std::string kind;
  Bindings bindings;
  std::vector<std::filesystem::path> files;  ///< absolute, in the order of the kind's outputs
};

/// Everything a node body may know when it is made for a unit.
struct NodeContext {
  const Parameters& parameters;
  const Bindings& bindings;
  uint64_t seed = 0;           ///< of the graph
  std::string unit;            ///< unit id
  std::string device = "cpu";  ///< for a kind that `uses_device`; sinks: those of the whole flow ("cpu, cuda")
  std::vector<std::filesystem::path> files;  ///< sinks: the partial files to write, one an output
  std::vector<Artifact> needs;               ///< what `needs:` names
  std::string graph_digest;
  std::string source_digest;  ///< of the unit's items
};

/// An item as planned: known before anything is read.
struct PlannedItem {
  std::string id;
  double seconds = 0;               ///< estimate
  std::string fingerprint;          ///< changes when what is known of the item changes (its speaker, its label)
  std::filesystem::path file = {};  ///< whose contents its data are; "": none
  std::any payload = {};            ///< for the source's own `process`, as the field `planned`
};

struct PlannedFault {
  std::string item, reason;
};

struct SourcePlan {
  std::vector<PlannedItem> items;       ///< in a fixed order
  std::vector<PlannedFault> faults;     ///< items that are missing or unusable already
  std::vector<std::string> notes = {};  ///< sentences for the user, said before anything runs
};

/// What a running task may use.
struct TaskContext {
  const Parameters& parameters;
  const Bindings& bindings;
  uint64_t seed = 0;
  std::string unit;
  std::string device = "cpu";
  std::filesystem::path run_folder;
  std::vector<std::filesystem::path> files;  ///< partial outputs to write (files or folders), one an output
  std::filesystem::path scratch;  ///< kept between attempts at the same unit with the same inputs; removed when done
  std::map<std::string, std::vector<Artifact>> inputs;  ///< by port
  const std::atomic<bool>& stop;  ///< when true: save what is worth saving to scratch and throw Interrupted
  std::function<void(double fraction, const std::string& note)> progress;
  std::function<void(const std::string& item, const std::exception& why)> fail_item;
  std::function<void(double seconds)> account;  ///< adds audio seconds worked on, for the throughput figures
};

/// Thrown by a task that stopped because `stop` was set.
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

/// A field that a node reads. An optional one is used where it is there.
struct Read {
  AnyField field;
  bool optional = false;
  template <typename T>
  Read(const Field<T>& key, bool where_present = false) : field(key), optional(where_present) {}
};

/// An optional Read: `.reads = {fields::audio, where_present(fields::codes)}`.
template <typename T>
Read where_present(const Field<T>& key) {
  return {key, true};
}

struct Port {
  std::string name;
  std::vector<Read> reads = {};  ///< every field that a transform or sink reads here, whatever its parameters
  bool optional = false;
};

/// Fields of the first port that a node reads because of one of its parameters (measures: [snr_db]).
struct ReadsByParameter {
  std::string parameter;
  std::function<std::vector<Read>(const Parameters&)> reads;
};

/// One file or folder that a sink or task makes: RUN/<folder>/<bindings><extension>. An empty extension means a folder.
struct Output {
  std::string folder;
  std::string extension;
};

/// A kind of node. Everything users see of it comes from here: `cfo-inspect nodes`, defaults, checks and error
/// sentences.
struct Kind {
  std::string name;
  std::string summary;
  Role role = Role::transform;
  std::vector<Port> ports = {};
  std::vector<ReadsByParameter> reads_by_parameter = {};
  std::vector<AnyField> writes = {};  ///< every field it adds or replaces
  std::vector<AnyField> drops = {};   ///< every field it removes
  std::vector<Parameter> parameters = {};
  std::string section = {};  ///< graph block whose entries are defaults for the parameters, e.g. "corpus"
  std::vector<Output> outputs = {};
  bool uses_device = false;  ///< it computes on the context's device; else on the CPU, whatever the graph says
  int slots = 1;             ///< tasks: threads it keeps busy
  /// Tasks: it tells of the run as a whole. It comes after all else, whatever its ports are fed with, also when some of
  /// that failed; and again when there is more.
  bool tells_of_run = false;
  int weight = 0;                                       ///< bytes per item second a sink writes, for the plan
  std::function<double(const Parameters&)> bytes = {};  ///< that a task writes, for the plan
  /// CPU seconds that a second of the audio that comes in takes, as the benchmarks have it, for the plan; 0: not known.
  /// `inputs`: the parameters of the nodes that a task comes from.
  std::function<double(const Parameters&, const std::vector<Parameters>& inputs)> cost = {};

  /// Further mistakes in complete parameters, one sentence each (a codec that is unknown, a missing file).
  std::function<std::vector<std::string>(const Parameters&)> check = {};
  /// What complete parameters name and this machine lacks (a corpus, files to download), one sentence each: a note in a
  /// dry run, a mistake otherwise, unless the node is `optional: true`.
  std::function<std::vector<std::string>(const Parameters&)> lacks = {};
  /// False when a task has nothing to do for these parameters (a codec that needs no fitting): it is then not planned,
  /// nor are tasks that would have no input without it.
  std::function<bool(const Parameters&)> applies = {};
  /// Text that changes when something outside the graph that the result depends on changes (weight files).
  std::function<std::string(const Parameters&)> fingerprint = {};
  /// Files that a task reads besides those of the graph (the speech to fit on); their contents decide what it makes.
  std::function<std::vector<PlannedItem>(const Parameters&)> files = {};
  /// Sources: what a dry run tells of what the parameters name (a corpus), a line or more; "" where there is nothing to
  /// tell.
  std::function<std::string(const Parameters&)> describe = {};
  std::function<SourcePlan(const Parameters&)> plan = {};              ///< sources
  std::function<std::unique_ptr<Node>(const NodeContext&)> make = {};  ///< sources, transforms, sinks
  std::function<void(TaskContext&)> run = {};                          ///< tasks
};

/// Where the values of a `foreach` variable come from.
struct Domain {
  std::string variable;
  std::vector<std::string> values;                              ///< all known ones
  std::map<std::string, std::vector<std::string>> groups = {};  ///< words for several, e.g. all, builtin
  /// "" when the value can be used here, else why not (not implemented, weights not downloaded).
  std::function<std::string(const std::string&)> unavailable = {};
};

/// What a program knows of devices: the engine itself knows no more than their names.
struct Devices {
  /// "" when `device` is spelled as a device is ("cpu", "cuda:1"), else a sentence.
  std::function<std::string(const std::string& device)> misspelled = {};
  /// "" when this machine has the (rightly spelled) device, else why not, and what to do.
  std::function<std::string(const std::string& device)> unusable = {};
};

/// All kinds and domains of a program. Filled by explicit calls in nodes/kinds/register.cpp.
class Registry {
 public:
  void add(Kind kind);
  void add(Domain domain);
  void set(Devices devices) { devices_ = std::move(devices); }
  const Kind* find(std::string_view name) const;
  const Domain* domain(std::string_view variable) const;
  const std::map<std::string, Kind, std::less<>>& kinds() const { return kinds_; }
  std::vector<std::string> names() const;
  const Devices& devices() const { return devices_; }

 private:
  std::map<std::string, Kind, std::less<>> kinds_;
  std::map<std::string, Domain, std::less<>> domains_;
  Devices devices_;
};

/// The value of a node's `device` that means the graph's.
constexpr auto graph_device = "graph";

/// Parameters that every source, transform and sink has besides its own: concurrency, batch, batch_seconds, bucket,
/// device.
const std::vector<Parameter>& runtime_parameters();

/// `parameters` of the kind plus the runtime ones where they apply.
std::vector<Parameter> all_parameters(const Kind& kind);

}  // namespace cfo::engine
