// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/epoll.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <chrono>
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

 private:
  friend class Poller;
  bool of_crowd_ = false;
};

// Ends a wait in an epoll set that it is in. A timeout of epoll_wait's own has the kernel set a
// timer for each wait that finds nothing ready yet, which was a tenth of what a request cost with
// 50 clients and a third of it with one; this one is set once for many.
class Alarm final : public PollHandler {
 public:
  Alarm();
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  int fd() const { return fd_; }
  // Has it ready in `delay`, or sooner where it is set already.
  void Set(std::chrono::nanoseconds delay);
  void OnReady(uint32_t events) override;

 private:
  const int fd_;
  bool set_ = false;
};

// The readiness of all client and listening sockets, as one epoll set that Asio's loop watches as a
// single descriptor.
//
// A second set, which only pauses look at, has those who may interrupt them: all but the crowd.
//
// Why not Asio's own socket reads: each async_read_some first tries a read that nearly always finds
// nothing, and each async_wait re-arms with a system call, once per request. Here a turn costs some
// system calls, the alarm's among them, and each wake-up within it one for however many sockets are
// ready. A request costs one recv and one send.
//
// Thread: the io_context's only thread.
class Poller {
 public:
  // Throws std::system_error where there is no descriptor to be had.
  explicit Poller(asio::io_context& io);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Descriptors whose readiness is reported before Hooks::between runs.
  static constexpr size_t kGroup = 16;

  // How the next batch is waited for.
  struct Wait {
    // For how long, at most, the loop's other work may wait for it; zero: for those who are ready
    // now; negative: that work is due.
    std::chrono::nanoseconds patience{0};
    // How long to look only for those who may interrupt, before. At most `patience`, and below a
    // second. Before Linux 5.11 nobody may.
    std::chrono::nanoseconds pause{0};
  };

  // What runs around the handlers.
  struct Hooks {
    std::function<void()> before;     // before each batch of ready descriptors
    std::function<void()> between;    // after each group of a batch
    std::function<Wait()> after;      // after each batch
    std::function<void()> pause;      // before each pause
    std::function<void()> interrupt;  // before each batch in a pause
    std::function<void()> begin;      // before the first batch after other work
  };

  // From now on the calling thread, and those that it starts, sleep to the microsecond.
  void Start(Hooks hooks);
  void Stop();

  // Watches `fd` for `events` until Remove; the handler outlives that. False with errno set on
  // failure.
  bool Add(int fd, uint32_t events, PollHandler* handler);
  // From now on for these. What is ready is told, with EPOLLET too.
  void Modify(int fd, uint32_t events, PollHandler* handler);
  // Whether it is one of the crowd that pauses are made for, as nobody is at first. Others are
  // served in pauses too, when there is something to be read, and before the crowd.
  void SetOfCrowd(int fd, bool of_crowd, PollHandler* handler);

  // After this the handler hears nothing more, not even of the batch being delivered.
  void Remove(int fd, const PollHandler* handler);

 private:
  void AwaitTurn();
  Wait Deliver(Wait wait);
  bool Watch(int fd, uint32_t events, PollHandler* handler);
  Wait Pause(Wait wait);
  bool AwaitInterrupt(std::chrono::nanoseconds time);
  Wait HandleReady();
  void HandleReady(bool of_crowd);
  void LetInterrupt(int fd, PollHandler* handler);
  void EndInterrupts(int fd);

  asio::posix::stream_descriptor epoll_;
  const int interrupts_;  // a set, too, of which Asio does not know
  Alarm alarm_;
  Hooks hooks_;
  std::vector<epoll_event> ready_;
  size_t ready_count_ = 0;
};

}  // namespace ebb::net
