// HDF5 is entered by one thread at a time.
#pragma once

#include <mutex>

namespace cfo::storage {

/// Held by every function of storage/ while it is inside HDF5, so that callers need not know: HDF5 builds without
/// thread safety would otherwise corrupt their state. The same thread may hold several. Also keeps HDF5 from printing
/// errors of its own.
class Hdf5Lock {
 public:
  Hdf5Lock();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

}  // namespace cfo::storage
