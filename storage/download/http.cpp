#include "storage/download/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <mutex>

namespace cfo::storage {
namespace {

constexpr int most_redirects = 10;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "bytes 5-9/10", "bytes */10"
void read_content_range(const std::string& value, HttpReply& reply) {
  if (!value.starts_with("bytes ")) return;
  const auto slash = value.find('/'), dash = value.find('-');
  if (slash == std::string::npos) return;
  reply.whole = number(std::string_view(value).substr(slash + 1));
  if (dash != std::string::npos && dash < slash) reply.first = number(std::string_view(value).substr(6, dash - 6));
}

void read_header(std::string_view line, HttpReply& reply) {
  if (line.starts_with("HTTP/")) {  // another reply: an interim one came before
    const std::string url = reply.url;
    reply = {};
    reply.url = url;
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lower(trimmed(line.substr(0, colon))), value = trimmed(line.substr(colon + 1));
  if (name == "content-length") reply.bytes = number(value);
  if (name == "content-range") read_content_range(value, reply);
  if (name == "etag") reply.etag = value;
  if (name == "last-modified") reply.last_modified = value;
  if (name == "content-type") reply.content_type = lower(value);
  if (name == "location") reply.location = value;
  if (name == "x-linked-etag" && value.size() == 66 &&
      value.find_first_not_of("0123456789abcdef", 1) == 65)  // in quotation marks
    reply.sha256 = value.substr(1, 64);
}

/// Whether another attempt may help.
bool is_broken(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_BAD_CONTENT_ENCODING:
      return true;
    default:
      return false;
  }
}

std::string part_of_url(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  const std::string copy = text;
  curl_free(text);
  return copy;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct HeaderList {
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  curl_slist* list = nullptr;
};

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// A body that is not wanted.
class Nobody : public HttpReceiver {
 public:
  void begin(const HttpReply&) override {}
  void bytes(std::string_view) override {}
};

}  // namespace

struct HttpSession::Handle {
  CURL* curl = curl_easy_init();
  char message[CURL_ERROR_SIZE] = "";
  Handle() {
    if (curl == nullptr) throw Error("libcurl cannot be started");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }
};

/// What goes on during one request; the callbacks' context. No exception may pass through libcurl.
struct HttpSession::Exchange {
  CURL* curl;
  HttpReceiver& receiver;
  HttpReply& reply;
  const std::atomic<bool>* stop;
  bool begun = false;
  std::exception_ptr fault = nullptr;

  bool redirected() const { return is_redirect(reply.status) && !reply.location.empty(); }
  void begin() {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    curl_off_t wait = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    reply.retry_after = static_cast<double>(wait);
    begun = true;
    if (!redirected()) receiver.begin(reply);
  }
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
    auto& self = *static_cast<Exchange*>(context);
    const std::string_view line{data, size};
    if (!self.begun) read_header(line, self.reply);  // what comes after a body is no header of it
    if (self.begun || (line != "\r\n" && line != "\n")) return size;
    curl_easy_getinfo(self.curl, CURLINFO_RESPONSE_CODE, &self.reply.status);
    if (self.reply.status < 200) return size;  // an interim reply
    try {
      self.begin();
      return size;
    } catch (...) {
      self.fault = std::current_exception();
      return 0;
    }
  }
  static std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* context) {
    auto& self = *static_cast<Exchange*>(context);
    try {
      if (!self.redirected()) self.receiver.bytes({data, size});
      return size;
    } catch (...) {
      self.fault = std::current_exception();
      return size == 0 ? 1 : 0;
    }
  }
  static int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto* const stop = static_cast<Exchange*>(context)->stop;
    return stop != nullptr && stop->load() ? 1 : 0;
  }
};

std::string http_origin(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    throw Error("'{}' is no address that can be downloaded from; it begins with https:// and a host", url);
  const std::string scheme = lower(part_of_url(parsed.get(), CURLUPART_SCHEME));
  if (scheme != "https" && scheme != "http")
    throw Error("'{}' is no address of the web (https); nothing else is downloaded from", url);
  const std::string port = part_of_url(parsed.get(), CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  return scheme + "://" + lower(part_of_url(parsed.get(), CURLUPART_HOST)) + (port.empty() ? "" : ":" + port);
}

std::string allowed_redirect(const std::string& from, const std::string& to) {
  const std::string old_origin = http_origin(from), new_origin = http_origin(to);
  if (old_origin.starts_with("https://") && !new_origin.starts_with("https://"))
    throw Error("{}: the server sends us on to {}, which is not encrypted; that is refused", from, to);
  return to;
}

HttpSession::HttpSession(HttpSettings settings) : settings_(std::move(settings)) {
  start_curl();
  handle_ = std::make_unique<Handle>();
}

HttpSession::~HttpSession() = default;

HttpReply HttpSession::perform(const HttpRequest& request, HttpReceiver& receiver) {
  HttpRequest next = request;
  HttpReply reply;
  std::string announced;
  http_origin(next.url);
  for (int hop = 0; hop <= most_redirects; ++hop) {
    std::string to;
    const bool last = step(next, receiver, reply, to);
    // A hub tells the file's digest before it sends us on to where the bytes are; only the first address is trusted.
    if (hop == 0) announced = reply.sha256;
    reply.sha256 = announced;
    if (last) return reply;
    next.url = allowed_redirect(next.url, to);
  }
  throw Error("{}: sent on from one address to another more than {} times; the last was {}", request.url,
              most_redirects, next.url);
}

HttpReply HttpSession::head(const std::string& url) {
  Nobody nobody;
  return perform({.url = url, .head = true}, nobody);
}

/// One request; true when it is the last, else `next` is where the server sends us.
bool HttpSession::step(const HttpRequest& request, HttpReceiver& receiver, HttpReply& reply, std::string& next) {
  CURL* const curl = handle_->curl;
  reply = {};
  reply.url = request.url;
  Exchange exchange{curl, receiver, reply, settings_.stop};
  HeaderList headers;
  headers.add("Accept-Encoding: identity");
  if (!settings_.credential.bearer.empty() && http_origin(request.url) == settings_.credential.origin)
    headers.add("Authorization: Bearer " + settings_.credential.bearer);
  if (request.from > 0) headers.add("If-Range: " + request.if_range);
  const std::string range = std::to_string(request.from) + "-";
  curl_easy_reset(curl);  // keeps the connections
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOBODY, request.head ? 1L : 0L);
  if (request.from > 0) curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  if (!settings_.authorities.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.authorities.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, settings_.connect_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, settings_.stall_seconds);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Exchange::on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->message);
  handle_->message[0] = '\0';
  const CURLcode code = curl_easy_perform(curl);
  if (exchange.fault) std::rethrow_exception(exchange.fault);
  if (code == CURLE_ABORTED_BY_CALLBACK) throw HttpStopped("{}: stopped", request.url);
  if (code != CURLE_OK) {
    const std::string reason = handle_->message[0] != '\0' ? handle_->message : curl_easy_strerror(code);
    if (is_broken(code)) throw HttpBroken("{}: {}", request.url, reason);
    throw Error("{}: {}", request.url, reason);
  }
  if (!exchange.begun) throw HttpBroken("{}: the reply has no end of its headers", request.url);
  if (!exchange.redirected()) return true;
  char* to = nullptr;
  curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to);
  if (to == nullptr) throw Error("{}: sends us on to '{}', which is no address", request.url, reply.location);
  next = to;
  return false;
}

}  // namespace cfo::storage
