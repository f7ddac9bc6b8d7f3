// Where the files that come with CFO lie: the graphs, the cards of codecs and models, the measured speeds.
#pragma once

#include <filesystem>
#include <string>

namespace cfo {

/// The folder graphs/: $CFO_GRAPHS, else ../share/cfo/graphs beside the folder of the running program. There it is
/// installed; in a build folder a link leads from there to the source tree. Whether it exists is for the caller to see.
std::filesystem::path graphs_folder();

/// What is called `name` there ("codecs", "speeds.yaml"), or what the environment variable `variable` names in its
/// place.
std::filesystem::path in_graphs_folder(const std::string& name, const char* variable = nullptr);

/// The graph that a user means by `name`: a file, from the working folder, or a graph of graphs_folder() by its name,
/// with or without graphs/ before and .yaml behind it. Throws Error that lists the graphs there are.
std::filesystem::path find_graph(const std::string& name);

}  // namespace cfo
