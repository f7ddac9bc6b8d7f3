// What is published, where, and how it stands here: as a table and as JSON.
#pragma once

#include <span>
#include <string>

#include "nodes/weights/catalogue.h"

namespace cfo::weights {

/// One row a model and file: name, state, size, licence, file, and where it is published; then the sentences of what is
/// wrong, and a summary. Throws Error when weights.lock cannot be read.
std::string weights_table(std::span<const Published* const> models);

/// An array with an object a model: name, role, title, license, source, and files: an array of objects with file, path,
/// state, detail, size, sha256, url, page, member and shared_with.
std::string weights_json(std::span<const Published* const> models);

}  // namespace cfo::weights
