// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "server/net/poller.h"

namespace ebb::net {

// A listening socket whose new connections come through the poller, in the clients' turn: who
// connects anew for each request waits no longer than who stays connected.
//
// Ownership: owns the socket. Thread: the io_context's only thread.
class Listener final : public PollHandler {
 public:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  // `acceptor` listens already; `welcome(int fd)` takes over each new connection. The poller
  // outlives this.
  Listener(Poller& poller, Acceptor acceptor, std::function<void(int)> welcome);
  ~Listener() override;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Starts accepting.
  void Start();

  void OnReady(uint32_t events) override;

 private:
  void Rest(const char* what);

  Poller& poller_;
  Acceptor acceptor_;
  const std::function<void(int)> welcome_;
  asio::steady_timer rest_;
  // What the timer's handler looks at: it may be on its way already when the listener goes.
  const std::shared_ptr<Listener*> self_ = std::make_shared<Listener*>(this);
};

}  // namespace ebb::net
