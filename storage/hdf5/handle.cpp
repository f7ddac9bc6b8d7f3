#include "storage/hdf5/handle.h"

#include "storage/hdf5/lock.h"

namespace cfo::storage {

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  if (this != &other) {
    close();
    id_ = std::exchange(other.id_, H5I_INVALID_HID);
    close_ = other.close_;
  }
  return *this;
}

bool Hdf5Handle::close() {
  if (id_ < 0) return true;
  const Hdf5Lock lock;
  return close_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
}

// HDF5's type names are macros that enter the library.
template <>
Hdf5Type hdf5_type<uint8_t>() {
  const Hdf5Lock lock;
  return {H5T_STD_U8LE, H5T_NATIVE_UINT8};
}

template <>
Hdf5Type hdf5_type<int16_t>() {
  const Hdf5Lock lock;
  return {H5T_STD_I16LE, H5T_NATIVE_INT16};
}

template <>
Hdf5Type hdf5_type<int32_t>() {
  const Hdf5Lock lock;
  return {H5T_STD_I32LE, H5T_NATIVE_INT32};
}

template <>
Hdf5Type hdf5_type<int64_t>() {
  const Hdf5Lock lock;
  return {H5T_STD_I64LE, H5T_NATIVE_INT64};
}

template <>
Hdf5Type hdf5_type<uint64_t>() {
  const Hdf5Lock lock;
  return {H5T_STD_U64LE, H5T_NATIVE_UINT64};
}

template <>
Hdf5Type hdf5_type<float>() {
  const Hdf5Lock lock;
  return {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT};
}

template <>
Hdf5Type hdf5_type<double>() {
  const Hdf5Lock lock;
  return {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE};
}

Hdf5Handle hdf5_text_type(std::size_t size) {
  const Hdf5Lock lock;
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), size);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

}  // namespace cfo::storage
