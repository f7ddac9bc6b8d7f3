// The central directory of a zip archive, parsed and checked.
#pragma once

#include <map>
#include <string>

#include "storage/checkpoint/bytes/zip_archive.h"

namespace cfo::storage {

/// Every file entry of the archive by name. Throws Error naming the file (see ZipArchive).
std::map<std::string, ZipArchive::Entry, std::less<>> read_zip_directory(const CheckpointBytes& file);

}  // namespace cfo::storage
