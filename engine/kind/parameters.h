// Parameters of node kinds: described once, then checked, defaulted, printed and read from that one description.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cfo::engine {

enum class Type { boolean, integer, number, text, path, texts };

using Value = std::variant<bool, int64_t, double, std::string, std::vector<std::string>>;

/// One parameter of a node kind.
struct Parameter {
  std::string name;
  Type type = Type::text;
  std::string summary;                      ///< one line for `cfo-inspect nodes`
  std::string unit = {};                    ///< "Hz", "s", "dB", ... or ""
  std::optional<Value> default_value = {};  ///< none: the graph must give it
  std::optional<double> min = {};           ///< range of a number, both ends included
  std::optional<double> max = {};
  /// The texts that a text may be; for a number, words that may stand in its place (e.g. rate: codec).
  std::vector<std::string> choices = {};
  /// It says where the data lie and not what they are: what is made from the same data elsewhere is the same.
  bool is_location = false;
};

/// "integer", "list of texts", ...
std::string_view type_name(Type type);

/// Value as YAML would spell it in flow style.
std::string spelled(const Value& value);

/// Typed values of one node, complete: every described parameter is there. Asking for an unknown name or another type
/// is a programming error (std::logic_error).
class Parameters {
 public:
  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  bool boolean(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;  ///< an integer is read as a number too
  const std::string& text(std::string_view name) const;
  const std::vector<std::string>& texts(std::string_view name) const;
  /// True when a numeric parameter holds one of its choices instead of a number.
  bool is_choice(std::string_view name) const;
  const std::map<std::string, Value, std::less<>>& all() const { return values_; }

 private:
  const Value& at(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// Values of the graph's `foreach` variables that hold for one unit, in the graph's order, e.g. codec=mdct_vq,
/// split=train.
using Bindings = std::vector<std::pair<std::string, std::string>>;

/// The value bound to `variable`, or "".
std::string bound(const Bindings& bindings, std::string_view variable);

/// "mdct_vq/train"
std::string joined(const Bindings& bindings);

}  // namespace cfo::engine
