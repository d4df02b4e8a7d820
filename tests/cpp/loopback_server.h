#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ccog::test {

/// Listens on a free port of this machine, and serves each connection in a thread of its own.
class LoopbackServer {
 public:
  /// Called with a connected socket, which is closed at the end of the server, not before.
  using Serve = std::function<void(int connection)>;

  enum class Address { kIpv4, kIpv6 };

  explicit LoopbackServer(Serve serve, Address address = Address::kIpv4)
      : serve_(std::move(serve)), address_(address) {
    const bool ipv6 = address == Address::kIpv6;
    listener_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 long_address{};
    long_address.sin6_family = AF_INET6;
    long_address.sin6_addr = in6addr_loopback;
    sockaddr_in short_address{};
    short_address.sin_family = AF_INET;
    short_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = ipv6 ? reinterpret_cast<sockaddr*>(&long_address)
                     : reinterpret_cast<sockaddr*>(&short_address);
    socklen_t length = ipv6 ? sizeof long_address : sizeof short_address;
    if (::bind(listener_, any, length) < 0 || ::listen(listener_, 16) < 0 ||
        ::getsockname(listener_, any, &length) < 0) {
      ::close(listener_);
      throw std::runtime_error("cannot listen on a local port");
    }
    port_ = ntohs(ipv6 ? long_address.sin6_port : short_address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~LoopbackServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
    for (const int connection : connections_) ::close(connection);
    ::close(listener_);
  }

  std::string url() const {
    const std::string host = address_ == Address::kIpv6 ? "[::1]" : "127.0.0.1";
    return "http://" + host + ':' + std::to_string(port_);
  }

  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return connections_.size();
  }

 private:
  void accept_all() {
    for (;;) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      const std::lock_guard lock(mutex_);
      connections_.push_back(connection);
      threads_.emplace_back([this, connection] { serve_(connection); });
    }
  }

  Serve serve_;
  Address address_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace ccog::test
