// A web server on this machine's loop-back that does what a test tells it, wrong things too.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace cfo::test {

struct WebRequest {
  std::string method, path;
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct WebAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<std::size_t> announced = {};  ///< Content-Length, where it lies
  std::optional<std::size_t> cut = {};        ///< the connection breaks after so many bytes of the body
  std::chrono::milliseconds pause{0};         ///< between pieces of 64 kB
};

/// What an honest server gives of a file: all of it, or the part that is asked for.
inline WebAnswer file_answer(const WebRequest& request, const std::string& file, const std::string& etag) {
  WebAnswer answer{.headers = {{"ETag", etag}, {"Accept-Ranges", "bytes"}}, .body = file};
  const std::string range = request.header("range");
  if (!range.starts_with("bytes=") || (request.headers.count("if-range") > 0 && request.header("if-range") != etag))
    return answer;
  const std::size_t first = std::stoul(range.substr(6));
  if (first >= file.size())
    return {.status = 416, .headers = {{"Content-Range", fmt::format("bytes */{}", file.size())}}};
  answer.status = 206;
  answer.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", first, file.size() - 1, file.size()));
  answer.body = file.substr(first);
  return answer;
}

class WebServer {
 public:
  using Handler = std::function<WebAnswer(const WebRequest&)>;

  explicit WebServer(Handler handler) : handler_(std::move(handler)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(socket_, 16) != 0 || ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw Error("no local web server can be started");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
  }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer() {
    acceptor_.request_stop();
    closing_ = true;
    acceptor_.join();
    connections_.clear();
    ::close(socket_);
  }

  std::string origin() const { return fmt::format("http://127.0.0.1:{}", port_); }
  std::string url(const std::string& path) const { return origin() + path; }

  std::vector<WebRequest> requests(const std::string& method = "GET") const {
    const std::scoped_lock lock(mutex_);
    std::vector<WebRequest> found;
    std::copy_if(requests_.begin(), requests_.end(), std::back_inserter(found),
                 [&](const auto& request) { return request.method == method; });
    return found;
  }

 private:
  void accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int connection = ::accept(socket_, nullptr, nullptr);
      if (connection >= 0) connections_.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int connection) {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    if (text.find("\r\n\r\n") != std::string::npos) {
      const WebRequest request = parse(text);
      {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(request);
      }
      send_answer(connection, request, handler_(request));
    }
    ::close(connection);
  }

  static WebRequest parse(const std::string& text) {
    WebRequest request;
    request.method = text.substr(0, text.find(' '));
    const auto start = request.method.size() + 1;
    request.path = text.substr(start, text.find(' ', start) - start);
    for (auto at = text.find("\r\n") + 2; text.compare(at, 2, "\r\n") != 0; at = text.find("\r\n", at) + 2) {
      const auto colon = text.find(':', at), end = text.find("\r\n", at);
      std::string name = text.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers[name] = text.substr(colon + 2, end - colon - 2);
    }
    return request;
  }

  void send_answer(int connection, const WebRequest& request, const WebAnswer& answer) const {
    std::string head = fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n", answer.status,
                                   answer.announced.value_or(answer.body.size()));
    for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    send_all(connection, head + "\r\n");
    if (request.method == "HEAD") return;
    const std::string body = answer.body.substr(0, answer.cut.value_or(answer.body.size()));
    constexpr std::size_t piece = 1 << 16;
    for (std::size_t at = 0; at < body.size() && !closing_; at += piece) {
      if (!send_all(connection, body.substr(at, piece))) return;
      const auto until = std::chrono::steady_clock::now() + answer.pause;
      while (std::chrono::steady_clock::now() < until && !closing_)
        std::this_thread::sleep_for(std::min(answer.pause, std::chrono::milliseconds(20)));
    }
  }

  static bool send_all(int connection, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t sent = ::send(connection, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      done += static_cast<std::size_t>(sent);
    }
    return true;
  }

  Handler handler_;
  int socket_, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<WebRequest> requests_;
  std::atomic<bool> closing_{false};
  std::vector<std::jthread> connections_;
  std::jthread acceptor_;
};

}  // namespace cfo::test
