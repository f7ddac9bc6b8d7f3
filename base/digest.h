// SHA-256 digests of bytes and files, as lower-case hexadecimal text.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace cfo {

/// Collects bytes; `hex()` is the SHA-256 of all of them. `field` adds a length-prefixed text, so that
/// ("ab","c") and ("a","bc") differ.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  Digest& bytes(const void* data, std::size_t size);
  Digest& field(std::string_view text);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest_of(std::string_view text);

/// SHA-256 of a file's bytes. Throws Error naming the file when it cannot be read.
std::string digest_of_file(const std::filesystem::path& path);

}  // namespace cfo
