// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/poller.h"

namespace ebb::net {
namespace {

// Descriptors handled between two looks at what else is ready.
constexpr size_t kBatch = 256;

}  // namespace

Poller::Poller(asio::io_context& io) : epoll_(io, epoll_create1(EPOLL_CLOEXEC)), ready_(kBatch) {}

void Poller::Start(Hooks hooks) {
  hooks_ = std::move(hooks);
  Wait();
}

void Poller::Stop() {
  epoll_.close();
}

bool Poller::Add(int fd, uint32_t events, PollHandler* handler) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  return epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::Modify(int fd, uint32_t events, PollHandler* handler) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::Remove(int fd, const PollHandler* handler) {
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  for (size_t i = 0; i < ready_count_; ++i) {
    if (ready_[i].data.ptr == handler) ready_[i].data.ptr = nullptr;
  }
}

void Poller::Wait() {
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code error) {
    if (error) return;
    hooks_.begin();
    for (int wait_ms = 0; wait_ms >= 0 && epoll_.is_open();) wait_ms = Deliver(wait_ms);
    if (epoll_.is_open()) Wait();
  });
}

// Has what is ready within `wait_ms` handled; answers how long to wait for more, negative for none.
int Poller::Deliver(int wait_ms) {
  const int count =
      epoll_wait(epoll_.native_handle(), ready_.data(), static_cast<int>(ready_.size()), wait_ms);
  if (count <= 0) return -1;
  hooks_.before();
  ready_count_ = static_cast<size_t>(count);
  for (size_t i = 0; i < ready_count_; ++i) {
    // Remove may have cleared it since.
    if (auto* handler = static_cast<PollHandler*>(ready_[i].data.ptr)) {
      handler->OnReady(ready_[i].events);
    }
    if ((i + 1) % kGroup == 0 || i + 1 == ready_count_) hooks_.between();
  }
  ready_count_ = 0;
  return hooks_.after();
}

}  // namespace ebb::net
