// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "server/log.h"

namespace ebb::net {
namespace {

// Connections taken before others have their turn.
constexpr int kPerTurn = 16;

}  // namespace

Listener::Listener(Poller& poller, Acceptor acceptor, std::function<void(int)> welcome)
    : poller_(poller),
      acceptor_(std::move(acceptor)),
      welcome_(std::move(welcome)),
      rest_(acceptor_.get_executor()) {
  acceptor_.native_non_blocking(true);
}

Listener::~Listener() {
  poller_.Remove(acceptor_.native_handle(), this);
}

void Listener::Start() {
  if (!poller_.Add(acceptor_.native_handle(), EPOLLIN, this)) Rest("Watching a port");
}

void Listener::OnReady(uint32_t) {
  for (int i = 0; i < kPerTurn; ++i) {
    const int fd = accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) {
      welcome_(fd);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return Rest("Accepting a connection");
    }
  }
}

// Out of descriptors or memory, most likely: looks again a little later instead of spinning.
void Listener::Rest(const char* what) {
  log::Warning("{} failed: {}", what, std::strerror(errno));
  poller_.Remove(acceptor_.native_handle(), this);
  rest_.expires_after(std::chrono::milliseconds(100));
  rest_.async_wait([self = std::weak_ptr(self_)](asio::error_code cancelled) {
    const auto listener = self.lock();
    if (!cancelled && listener) (*listener)->Start();
  });
}

}  // namespace ebb::net
