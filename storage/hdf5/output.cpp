#include "storage/hdf5/output.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/durable_file.h"

namespace cfo::storage {
namespace fs = std::filesystem;

/// The file as HDF5 believes it to be: the bytes on disk, and over them what was written after the first failure.
struct Hdf5Output::State {
  struct Kept {
    haddr_t address;
    std::string bytes;
  };
  int descriptor = -1;
  int failure = 0;  // errno of the first write that failed
  bool given_up = false;
  haddr_t size = 0;
  std::vector<Kept> kept;

  bool reaches_disk() const { return failure == 0 && !given_up; }
  bool write_to_disk(haddr_t address, const char* bytes, std::size_t count);
  bool write(haddr_t address, const char* bytes, std::size_t count);
  bool read(haddr_t address, char* bytes, std::size_t count) const;
  void resize(haddr_t wanted);
};

bool Hdf5Output::State::write_to_disk(haddr_t address, const char* bytes, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const ssize_t written = ::pwrite(descriptor, bytes + done, count - done, static_cast<off_t>(address + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

bool Hdf5Output::State::write(haddr_t address, const char* bytes, std::size_t count) {
  size = std::max(size, address + count);
  if (reaches_disk()) {
    if (write_to_disk(address, bytes, count)) return true;
    failure = errno;
  }
  try {
    kept.push_back({address, std::string(bytes, count)});
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

/// As HDF5's own driver: zeros beyond the end of the file.
bool Hdf5Output::State::read(haddr_t address, char* bytes, std::size_t count) const {
  std::fill_n(bytes, count, '\0');
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = ::pread(descriptor, bytes + done, count - done, static_cast<off_t>(address + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  for (const Kept& piece : kept) {
    const haddr_t first = std::max(address, piece.address);
    const haddr_t last = std::min(address + count, piece.address + piece.bytes.size());
    if (first < last)
      std::memcpy(bytes + (first - address), piece.bytes.data() + (first - piece.address), last - first);
  }
  return true;
}

void Hdf5Output::State::resize(haddr_t wanted) {
  if (wanted == size) return;
  if (reaches_disk() && ::ftruncate(descriptor, static_cast<off_t>(wanted)) != 0) failure = errno;
  size = wanted;
}

namespace {

using State = Hdf5Output::State;

constexpr haddr_t highest_address = (haddr_t{1} << (8 * sizeof(off_t) - 1)) - 1;

/// What HDF5 holds of an open file; `base` comes first, as HDF5 demands.
struct DriverFile {
  H5FD_t base{};
  State* state = nullptr;
  haddr_t end_of_allocation = 0;
};

/// Travels in the property list.
struct DriverInfo {
  State* state;
};

DriverFile& driver_file(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& driver_file(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }
herr_t result(bool good) { return good ? 0 : -1; }

H5FD_t* open_file(const char*, unsigned, hid_t access_properties, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access_properties));
  if (info == nullptr) return nullptr;
  auto file = std::make_unique<DriverFile>();
  file->state = info->state;
  return &file.release()->base;
}

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<DriverFile> owned(&driver_file(file));
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t end_of_allocation(const H5FD_t* file, H5FD_mem_t) { return driver_file(file).end_of_allocation; }

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  driver_file(file).end_of_allocation = address;
  return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t) { return driver_file(file).state->size; }

herr_t read_file(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t count, void* bytes) {
  return result(driver_file(file).state->read(address, static_cast<char*>(bytes), count));
}

herr_t write_file(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t count, const void* bytes) {
  return result(driver_file(file).state->write(address, static_cast<const char*>(bytes), count));
}

herr_t truncate_file(H5FD_t* file, hid_t, hbool_t) {
  driver_file(file).state->resize(driver_file(file).end_of_allocation);
  return 0;
}

H5FD_class_t describe_driver() {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION  // HDF5 1.14
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(600);  // beyond the registered drivers
#endif
  driver.name = "cfo-output";
  driver.maxaddr = highest_address;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = end_of_file;
  driver.read = read_file;
  driver.write = write_file;
  driver.truncate = truncate_file;
  constexpr H5FD_mem_t dichotomy[H5FD_MEM_NTYPES] =
      H5FD_FLMAP_DICHOTOMY;  // metadata and raw data apart, as HDF5's own driver
  std::copy(std::begin(dichotomy), std::end(dichotomy), driver.fl_map);
  return driver;
}

/// Registered at first use, for the life of the process.
hid_t driver_id() {
  static const H5FD_class_t driver = describe_driver();
  static const hid_t id = H5FDregister(&driver);
  return id;
}

}  // namespace

Hdf5Output::Hdf5Output(const fs::path& path) : path_(path), state_(std::make_unique<State>()) {
  state_->descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (state_->descriptor < 0) throw_write_error(path, errno);
}

Hdf5Output::~Hdf5Output() {
  if (state_->descriptor >= 0) ::close(state_->descriptor);
}

void Hdf5Output::attach_to(hid_t access_properties) {
  const DriverInfo info{state_.get()};
  H5Pset_driver(access_properties, driver_id(), &info);
}

void Hdf5Output::give_up() { state_->given_up = true; }

void Hdf5Output::check() const {
  if (state_->failure != 0) throw_write_error(path_, state_->failure);
}

void Hdf5Output::close() {
  check();
  if (state_->descriptor >= 0 && ::close(std::exchange(state_->descriptor, -1)) != 0) throw_write_error(path_, errno);
}

}  // namespace cfo::storage
