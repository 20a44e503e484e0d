// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/epoll.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <vector>

namespace ebb::net {

// What a descriptor's readiness is reported to.
class PollHandler {
 public:
  virtual ~PollHandler() = default;

  // `events` as epoll gives them. The handler may remove itself or others from the poller.
  virtual void OnReady(uint32_t events) = 0;
};

// The readiness of all client sockets, as one epoll set that Asio's loop watches as a single
// descriptor.
//
// Why not Asio's own socket reads: each async_read_some first tries a read that nearly always finds
// nothing, and each async_wait re-arms with a system call, once per request. Here a wake-up costs
// one extra epoll_wait for however many sockets are ready, and a request costs one recv and one
// send. bench/README.md has the figures.
//
// Thread: the io_context's only thread.
class Poller {
 public:
  explicit Poller(asio::io_context& io);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Descriptors whose readiness is reported before `between` runs.
  static constexpr size_t kGroup = 16;

  // Starts watching. `before` and `after` run around each batch of ready descriptors, `between`
  // after each group of it.
  void Start(std::function<void()> before, std::function<void()> between,
             std::function<void()> after);
  void Stop();

  // Watches `fd` for `events` (level-triggered) until Remove; the handler outlives that. False with
  // errno set on failure.
  bool Add(int fd, uint32_t events, PollHandler* handler);
  void Modify(int fd, uint32_t events, PollHandler* handler);

  // After this the handler hears nothing more, not even of the batch being delivered.
  void Remove(int fd, const PollHandler* handler);

 private:
  void Wait();
  void Deliver();

  asio::posix::stream_descriptor epoll_;
  std::function<void()> before_;
  std::function<void()> between_;
  std::function<void()> after_;
  std::vector<epoll_event> ready_;
  size_t ready_count_ = 0;
};

}  // namespace ebb::net
