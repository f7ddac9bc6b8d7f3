// HDF5 objects that close themselves, and the element types of our columns. For use inside storage/ only.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <utility>

namespace cfo::storage {

/// An open HDF5 object; closed, under Hdf5Lock, when it goes.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;
  ~Hdf5Handle() { close(); }
  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  /// Closes now; false when HDF5 reports a failure (its error stack then tells why).
  bool close();

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Element types: as they lie in the file (little-endian) and in memory. Owned by HDF5.
struct Hdf5Type {
  hid_t in_file, in_memory;
};
template <typename T>
Hdf5Type hdf5_type();
template <>
Hdf5Type hdf5_type<uint8_t>();
template <>
Hdf5Type hdf5_type<int16_t>();
template <>
Hdf5Type hdf5_type<int32_t>();
template <>
Hdf5Type hdf5_type<int64_t>();
template <>
Hdf5Type hdf5_type<uint64_t>();
template <>
Hdf5Type hdf5_type<float>();
template <>
Hdf5Type hdf5_type<double>();

/// UTF-8 text of `size` bytes (at least 1), padded with zeros.
Hdf5Handle hdf5_text_type(std::size_t size);

}  // namespace cfo::storage
