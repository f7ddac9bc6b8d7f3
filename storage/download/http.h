// One HTTP request after the other over libcurl, redirects followed with care.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cfo::storage {

/// A secret that is sent with requests to `origin` ("https://huggingface.co", without a port where it is the scheme's
/// own) and to no other, whatever redirects say.
struct HttpCredential {
  std::string origin;
  std::string bearer;
};

struct HttpSettings {
  std::string user_agent = "cfo/" CFO_VERSION;
  HttpCredential credential = {};
  std::string authorities = {};             ///< file of certificates to trust in place of the system's, "" for those
  long connect_seconds = 30;                ///< to a connection
  long stall_seconds = 60;                  ///< without a byte, until the connection counts as broken
  const std::atomic<bool>* stop = nullptr;  ///< when true: requests end as HttpStopped
};

struct HttpRequest {
  std::string url;
  bool head = false;
  std::uint64_t from = 0;     ///< first byte wanted; above 0 with `if_range` only
  std::string if_range = {};  ///< ETag or date: the server sends all where its file has another
};

struct HttpReply {
  long status = 0;
  std::string url;                     ///< that answered, after redirects
  std::optional<std::uint64_t> bytes;  ///< of the body, as the server announces it
  std::optional<std::uint64_t> first;  ///< of a part (206): where it begins
  std::optional<std::uint64_t> whole;  ///< of the whole file, where a part or refusal (416) tells it
  std::string etag, last_modified, content_type;
  std::string location;  ///< of a redirect, as the server wrote it
  /// SHA-256 of the file where the first address announces it (X-Linked-ETag: Hugging Face's large files), else "".
  std::string sha256;
  double retry_after = 0;  ///< seconds, 0 where it says nothing
};

/// Takes a body. What it throws ends the request and leaves `perform`.
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  virtual void begin(const HttpReply& reply) = 0;  ///< before the first byte, and for an empty body too
  virtual void bytes(std::string_view bytes) = 0;
};

/// The connection could not be made, broke off or stalled: worth another attempt.
class HttpBroken : public Error {
 public:
  using Error::Error;
};

/// Stopped as asked.
class HttpStopped : public Error {
 public:
  using Error::Error;
};

/// Scheme, host and port of a URL, lower case: "https://huggingface.co", "http://127.0.0.1:8080". Throws Error for one
/// that is no http or https URL.
std::string http_origin(const std::string& url);

/// `to` when a server at `from` may send us there. Throws Error for an address that is no http or https, and for http
/// where the connection was encrypted.
std::string allowed_redirect(const std::string& from, const std::string& to);

/// A connection that is kept from one request to the next; one thread at a time. Proxies as libcurl takes them from the
/// environment (https_proxy, no_proxy, ...).
///
///     HttpSession session({.stop = &stop});
///     const HttpReply reply = session.perform({.url = "https://example.org/x.pt"}, receiver);
class HttpSession {
 public:
  explicit HttpSession(HttpSettings settings);
  ~HttpSession();

  /// Follows at most 10 redirects; their bodies reach nobody. `receiver` gets the body of the last reply, whatever its
  /// status. Throws HttpBroken, HttpStopped, or Error for what will not get better (a certificate that does not hold,
  /// an address that is not valid, too many redirects).
  HttpReply perform(const HttpRequest& request, HttpReceiver& receiver);
  /// A request without a body: size and validators of what is there.
  HttpReply head(const std::string& url);

 private:
  struct Exchange;
  bool step(const HttpRequest& request, HttpReceiver& receiver, HttpReply& reply, std::string& next);
  struct Handle;
  HttpSettings settings_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace cfo::storage
