// HDF5's error stack as one sentence.
#pragma once

#include <filesystem>
#include <string>

namespace cfo::storage {

/// Throws Error with what HDF5's error stack tells about `path`. `doing` continues the words "cannot ..." ("read
/// 'audio'"). (Failed writes never come here: see hdf5_output.h.) Call it right after the failed HDF5 function, under
/// Hdf5Lock.
[[noreturn]] void throw_hdf5_error(const std::filesystem::path& path, const std::string& doing);

}  // namespace cfo::storage
