#include "storage/hdf5/lock.h"

#include <hdf5.h>

namespace cfo::storage {
namespace {

std::recursive_mutex& process_wide_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(process_wide_mutex()) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // thread-safe builds keep one error stack a thread: set each time
}

}  // namespace cfo::storage
