// A library to preload (LD_PRELOAD): ends the process, or fails a call, at the n-th call that changes a folder.
//
//   CFO_KILL_FOLDER   the folder; calls elsewhere are not counted
//   CFO_KILL_AT       n, from 1; 0: only count
//   CFO_KILL_HOW      before, after (SIGKILL); ENOSPC, EIO (the call fails, and every later one of its kind with it)
//   CFO_KILL_COUNT    a file that gets the number of calls at the end of the process
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::atomic<long> calls{0};

const std::string& folder() {
  static const std::string path = [] {
    const char* given = std::getenv("CFO_KILL_FOLDER");
    char real[PATH_MAX] = "";
    return std::string(given != nullptr && ::realpath(given, real) != nullptr ? real : given == nullptr ? "?" : given);
  }();
  return path;
}

long wanted() {
  static const long number = std::getenv("CFO_KILL_AT") != nullptr ? std::atol(std::getenv("CFO_KILL_AT")) : 0;
  return number;
}

std::string how() { return std::getenv("CFO_KILL_HOW") != nullptr ? std::getenv("CFO_KILL_HOW") : "before"; }

bool is_inside(const std::string& path) { return path == folder() || path.rfind(folder() + "/", 0) == 0; }

bool is_inside_path(const char* path) {
  if (path == nullptr) return false;
  if (path[0] == '/') return is_inside(path);
  char here[PATH_MAX] = "";
  return ::getcwd(here, sizeof here) != nullptr && is_inside(std::string(here) + "/" + path);
}

bool is_inside_file(int descriptor) {
  char link[64], path[PATH_MAX] = "";
  ::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  return size > 0 && is_inside(std::string(path, static_cast<std::size_t>(size)));
}

template <typename F>
F real(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

/// Counts the call, and ends the process or fails the call when its turn has come.
template <typename Call>
auto at_point(bool counts, Call call) -> decltype(call()) {
  if (!counts) return call();
  const long number = ++calls;
  const std::string mode = how();
  const bool here = wanted() > 0 && number == wanted();
  if (here && mode == "before") ::raise(SIGKILL);
  if (wanted() > 0 && number >= wanted() && (mode == "ENOSPC" || mode == "EIO")) {
    errno = mode == "EIO" ? EIO : ENOSPC;
    return -1;
  }
  const auto result = call();
  if (here && mode == "after") ::raise(SIGKILL);
  return result;
}

struct Counter {
  ~Counter() {
    if (const char* file = std::getenv("CFO_KILL_COUNT")) {
      if (FILE* out = ::fopen(file, "w")) {
        ::fprintf(out, "%ld\n", calls.load());
        ::fclose(out);
      }
    }
  }
} counter;

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  return at_point(is_inside_file(descriptor),
                  [&] { return real<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, data, size); });
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
  return at_point(is_inside_file(descriptor), [&] {
    return real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, data, size, offset);
  });
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  return at_point(is_inside_file(descriptor), [&] {
    return real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(descriptor, data, size, offset);
  });
}

int fsync(int descriptor) {
  return at_point(is_inside_file(descriptor), [&] { return real<int (*)(int)>("fsync")(descriptor); });
}

int ftruncate64(int descriptor, off64_t size) {
  return at_point(is_inside_file(descriptor),
                  [&] { return real<int (*)(int, off64_t)>("ftruncate64")(descriptor, size); });
}

int ftruncate(int descriptor, off_t size) {
  return at_point(is_inside_file(descriptor), [&] { return real<int (*)(int, off_t)>("ftruncate")(descriptor, size); });
}

int rename(const char* from, const char* to) {
  return at_point(is_inside_path(to) || is_inside_path(from),
                  [&] { return real<int (*)(const char*, const char*)>("rename")(from, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return at_point(is_inside_path(to) || is_inside_path(from), [&] {
    return real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2")(from_folder, from, to_folder, to,
                                                                                    flags);
  });
}

int unlink(const char* path) {
  return at_point(is_inside_path(path), [&] { return real<int (*)(const char*)>("unlink")(path); });
}

int unlinkat(int folder_descriptor, const char* path, int flags) {
  const bool counts = path != nullptr && (path[0] == '/' || folder_descriptor == AT_FDCWD)
                          ? is_inside_path(path)
                          : is_inside_file(folder_descriptor);
  return at_point(counts,
                  [&] { return real<int (*)(int, const char*, int)>("unlinkat")(folder_descriptor, path, flags); });
}

int remove(const char* path) {
  return at_point(is_inside_path(path), [&] { return real<int (*)(const char*)>("remove")(path); });
}

int mkdir(const char* path, mode_t mode) {
  return at_point(is_inside_path(path), [&] { return real<int (*)(const char*, mode_t)>("mkdir")(path, mode); });
}

}  // extern "C"
