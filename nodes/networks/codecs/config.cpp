#include "nodes/networks/codecs/config.h"

#include "base/error.h"

namespace cfo::codecs {

Config::Config(const Card& card) : Config(card.file.string(), "config", card.config ? *card.config : YAML::Node()) {}

Config::Config(std::string file, std::string path, YAML::Node node)
    : file_(std::move(file)), path_(std::move(path)), node_(std::move(node)) {
  if (!node_.IsMap())
    throw Error("{}: the section '{}' is missing; this family reads its numbers from it", file_, path_);
}

const YAML::Node Config::child(std::string_view key) const {
  const YAML::Node& section = node_;
  return section[std::string(key)];
}

bool Config::has(std::string_view key) const { return child(key).IsDefined(); }

Config Config::section(std::string_view key) const {
  const auto found = child(key);
  return Config(file_, fmt::format("{}.{}", path_, key), found.IsDefined() ? found : YAML::Node());
}

std::string Config::where() const { return fmt::format("{}: {}", file_, path_); }

template <typename T>
T Config::get(std::string_view key) const {
  const auto found = child(key);
  if (!found.IsDefined()) {
    throw Error("{}:{}: '{}.{}' is missing; this family needs it", file_, node_.Mark().line + 1, path_, key);
  }
  try {
    return found.as<T>();
  } catch (const YAML::Exception&) {
    throw Error("{}:{}: '{}.{}' has a value of another type than this family reads", file_, found.Mark().line + 1,
                path_, key);
  }
}

template <typename T>
T Config::get(std::string_view key, T fallback) const {
  return has(key) ? get<T>(key) : fallback;
}

#define CFO_CONFIG_TYPE(T)                        \
  template T Config::get(std::string_view) const; \
  template T Config::get(std::string_view, T) const
CFO_CONFIG_TYPE(bool);
CFO_CONFIG_TYPE(int64_t);
CFO_CONFIG_TYPE(double);
CFO_CONFIG_TYPE(std::string);
CFO_CONFIG_TYPE(std::vector<int64_t>);
CFO_CONFIG_TYPE(std::vector<double>);
CFO_CONFIG_TYPE(std::vector<std::vector<int64_t>>);
CFO_CONFIG_TYPE(std::vector<std::string>);
#undef CFO_CONFIG_TYPE

}  // namespace cfo::codecs
