// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/poller.h"

namespace ebb::net {
namespace {

// Descriptors handled between two looks at timers and new connections.
constexpr size_t kBatch = 256;

}  // namespace

Poller::Poller(asio::io_context& io) : epoll_(io, epoll_create1(EPOLL_CLOEXEC)), ready_(kBatch) {}

void Poller::Start(std::function<void()> before, std::function<void()> between,
                   std::function<void()> after) {
  before_ = std::move(before);
  between_ = std::move(between);
  after_ = std::move(after);
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
    Deliver();
    if (epoll_.is_open()) Wait();
  });
}

void Poller::Deliver() {
  const int count =
      epoll_wait(epoll_.native_handle(), ready_.data(), static_cast<int>(ready_.size()), 0);
  if (count <= 0) return;
  before_();
  ready_count_ = static_cast<size_t>(count);
  for (size_t i = 0; i < ready_count_; ++i) {
    // Remove may have cleared it since.
    if (auto* handler = static_cast<PollHandler*>(ready_[i].data.ptr)) {
      handler->OnReady(ready_[i].events);
    }
    if ((i + 1) % kGroup == 0 || i + 1 == ready_count_) between_();
  }
  ready_count_ = 0;
  after_();
}

}  // namespace ebb::net
