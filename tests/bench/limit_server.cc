// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// The bare limit of a single-threaded server on this kernel: raw epoll, one recv and one send per
// wake-up, commands found but not looked at, "+OK" for each. It stores nothing. What a real server
// costs beyond it is the price of the server; what the limit costs is the price of the kernel.
//
//   ebb_limit_server PORT [REPLY_BYTES]
//
// With REPLY_BYTES every answer is a simple string that takes so many bytes on the wire. Answers
// RESP arrays of bulk strings only; anything else closes the connection. Listens on 127.0.0.1 and
// runs until a signal ends it.

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "tests/bench/workload.h"

namespace ebb::bench {
namespace {

constexpr size_t kReadSize = 64 * 1024;
constexpr int kMaxEvents = 128;

// Finds command boundaries in a stream cut at arbitrary places; bulk strings are skipped unread.
class BoundaryFinder {
 public:
  // Consumes `size` bytes. Returns how many commands ended in them, or -1 on a protocol error.
  int Feed(const char* bytes, size_t size) {
    int commands = 0;
    const char* const end = bytes + size;
    while (bytes != end) {
      if (skip_ != 0) {
        const size_t step = std::min(skip_, static_cast<size_t>(end - bytes));
        skip_ -= step;
        bytes += step;
        if (skip_ == 0 && --arguments_ == 0) ++commands;
        continue;
      }
      const char c = *bytes++;
      if (c >= '0' && c <= '9') {
        if (marker_ == '\0' || number_ > kMaxNumber) return -1;
        number_ = number_ * 10 + static_cast<size_t>(c - '0');
      } else if (c == '*' || c == '$') {
        if (marker_ != '\0' || (c == '*') != (arguments_ == 0)) return -1;
        marker_ = c;
      } else if (c == '\n') {
        if (!EndHeader()) return -1;
      } else if (c != '\r') {
        return -1;
      }
    }
    return commands;
  }

 private:
  static constexpr size_t kMaxNumber = 512 * 1024 * 1024;

  bool EndHeader() {
    if (marker_ == '*' && number_ != 0) {
      arguments_ = number_;
    } else if (marker_ == '$') {
      skip_ = number_ + 2;
    } else {
      return false;
    }
    marker_ = '\0';
    number_ = 0;
    return true;
  }

  size_t skip_ = 0;       // bytes left of the bulk string and its line end
  size_t arguments_ = 0;  // arguments left of the command
  size_t number_ = 0;     // the header's number as far as it has been read
  char marker_ = '\0';    // the header's first byte, or 0 between headers
};

struct Connection {
  int fd;
  BoundaryFinder finder;
};

// Answers, all the same, written once.
class Answers {
 public:
  explicit Answers(size_t size) : one_('+' + std::string(size - kAround, 'x') + "\r\n") {
    if (size == kOk.size()) one_ = kOk;
  }

  // The bytes of `count` answers, valid until the next call.
  std::string_view Get(int count) {
    const size_t size = one_.size() * static_cast<size_t>(count);
    while (all_.size() < size) all_ += one_;
    return std::string_view(all_).substr(0, size);
  }

  static constexpr std::string_view kOk = "+OK\r\n";
  static constexpr size_t kAround = 3;  // bytes of an answer that are not text

 private:
  std::string one_;
  std::string all_;
};

// Sends everything. A client that reads slowly is waited for: output buffering is not part of the
// limit. Returns false when it has gone.
bool Send(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      pollfd writable{fd, POLLOUT, 0};
      poll(&writable, 1, kSocketTimeoutSeconds * 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Serves what one readable connection holds. Returns false when the connection is finished.
bool Serve(Connection& connection, char* buffer, Answers& answers) {
  const ssize_t got = recv(connection.fd, buffer, kReadSize, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  const int commands = connection.finder.Feed(buffer, static_cast<size_t>(got));
  return commands >= 0 && Send(connection.fd, answers.Get(commands));
}

int Listen(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 511) != 0) {
    Fail("cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + std::strerror(errno));
  }
  return fd;
}

void Accept(int epoll, int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto connection = std::make_unique<Connection>();
  connection->fd = fd;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = connection.get();
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    close(fd);
    return;
  }
  connection.release();  // The epoll set owns it until Serve() says it is finished.
}

[[noreturn]] void Loop(int listener, Answers answers) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  epoll_event events[kMaxEvents];
  static char buffer[kReadSize];
  for (;;) {
    const int ready = epoll_wait(epoll, events, kMaxEvents, -1);
    if (ready < 0 && errno != EINTR) Fail(std::string("epoll_wait: ") + std::strerror(errno));
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection == nullptr) {
        Accept(epoll, listener);
      } else if (!Serve(*connection, buffer, answers)) {
        close(connection->fd);
        delete connection;
      }
    }
  }
}

int Main(int argc, char** argv) {
  if (argc != 2 && argc != 3) Fail("usage: ebb_limit_server PORT [REPLY_BYTES]");
  const auto port = static_cast<uint16_t>(ParseNumber("PORT", argv[1], 1, 65535));
  const size_t size = argc == 3 ? ParseNumber("REPLY_BYTES", argv[2], Answers::kAround, kReadSize)
                                : Answers::kOk.size();
  Loop(Listen(port), Answers(size));
}

}  // namespace
}  // namespace ebb::bench

int main(int argc, char** argv) {
  return ebb::bench::Main(argc, argv);
}
