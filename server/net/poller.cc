// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/poller.h"

#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace ebb::net {
namespace {

// Descriptors handled between two looks at what else is ready.
constexpr size_t kBatch = 256;

int NewEpollSet() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

}  // namespace

Alarm::Alarm() : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

Alarm::~Alarm() {
  close(fd_);
}

void Alarm::Set(std::chrono::nanoseconds delay) {
  if (set_) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(delay);
  itimerspec when{};
  when.it_value = {.tv_sec = seconds.count(), .tv_nsec = (delay - seconds).count()};
  set_ = timerfd_settime(fd_, 0, &when, nullptr) == 0;
}

void Alarm::OnReady(uint32_t) {
  uint64_t times = 0;
  if (read(fd_, &times, sizeof times) > 0) set_ = false;
}

Poller::Poller(asio::io_context& io)
    : epoll_(io, NewEpollSet()), interrupts_(NewEpollSet()), ready_(kBatch) {
  if (!Watch(alarm_.fd(), EPOLLIN, &alarm_)) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

Poller::~Poller() {
  close(interrupts_);
}

void Poller::Start(Hooks hooks) {
  hooks_ = std::move(hooks);
  // By so much the kernel may have a thread sleep longer; by default 50 us.
  prctl(PR_SET_TIMERSLACK, 1000UL);
  AwaitTurn();
}

void Poller::Stop() {
  epoll_.close();
}

bool Poller::Add(int fd, uint32_t events, PollHandler* handler) {
  if (!Watch(fd, events, handler)) return false;
  LetInterrupt(fd, handler);
  return true;
}

bool Poller::Watch(int fd, uint32_t events, PollHandler* handler) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  return epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::Modify(int fd, uint32_t events, PollHandler* handler) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::SetOfCrowd(int fd, bool of_crowd, PollHandler* handler) {
  if (of_crowd == handler->of_crowd_) return;
  handler->of_crowd_ = of_crowd;
  of_crowd ? EndInterrupts(fd) : LetInterrupt(fd, handler);
}

// Where the kernel refuses, pauses are longer.
void Poller::LetInterrupt(int fd, PollHandler* handler) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = handler}};
  epoll_ctl(interrupts_, EPOLL_CTL_ADD, fd, &event);
}

void Poller::EndInterrupts(int fd) {
  epoll_ctl(interrupts_, EPOLL_CTL_DEL, fd, nullptr);
}

void Poller::Remove(int fd, const PollHandler* handler) {
  if (!handler->of_crowd_) EndInterrupts(fd);
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  for (size_t i = 0; i < ready_count_; ++i) {
    if (ready_[i].data.ptr == handler) ready_[i].data.ptr = nullptr;
  }
}

void Poller::AwaitTurn() {
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code error) {
    if (error) return;
    hooks_.begin();
    Wait wait;
    while (wait.patience >= wait.patience.zero() && epoll_.is_open()) wait = Deliver(wait);
    if (epoll_.is_open()) AwaitTurn();
  });
}

// Has what is ready, or becomes so within the patience, handled; answers as Hooks::after.
Poller::Wait Poller::Deliver(Wait wait) {
  constexpr Wait kDue{.patience = std::chrono::nanoseconds(-1)};
  if (wait.patience > wait.patience.zero()) alarm_.Set(wait.patience);
  if (wait.pause > wait.pause.zero()) wait = Pause(wait);
  if (wait.patience < wait.patience.zero() || !epoll_.is_open()) return kDue;
  const int count =
      epoll_wait(epoll_.native_handle(), ready_.data(), static_cast<int>(ready_.size()),
                 wait.patience > wait.patience.zero() ? -1 : 0);
  if (count <= 0) return kDue;
  if (count == 1 && ready_[0].data.ptr == static_cast<PollHandler*>(&alarm_)) {
    alarm_.OnReady(ready_[0].events);
    return kDue;  // nobody came
  }
  ready_count_ = static_cast<size_t>(count);
  return HandleReady();
}

// Those who interrupt are served, and however many they are, it ends when it was to. Answers what
// the last of them left of the patience.
Poller::Wait Poller::Pause(Wait wait) {
  using Clock = std::chrono::steady_clock;
  hooks_.pause();
  std::chrono::nanoseconds left = wait.pause;
  const Clock::time_point end = Clock::now() + left;
  while (left > left.zero() && wait.patience > wait.patience.zero() && AwaitInterrupt(left)) {
    hooks_.interrupt();
    wait = HandleReady();
    left = end - Clock::now();
  }
  return wait;
}

// Whether somebody interrupted within this time, who is ready then. The main set tells of it only
// if something is left to read.
bool Poller::AwaitInterrupt(std::chrono::nanoseconds time) {
  const timespec longest{.tv_sec = 0, .tv_nsec = time.count()};
  const int count =
      epoll_pwait2(interrupts_, ready_.data(), static_cast<int>(ready_.size()), &longest, nullptr);
  if (count < 0 && errno != EINTR) std::this_thread::sleep_for(time);
  if (count <= 0) return false;
  ready_count_ = static_cast<size_t>(count);
  return true;
}

Poller::Wait Poller::HandleReady() {
  hooks_.before();
  HandleReady(false);
  HandleReady(true);
  ready_count_ = 0;
  return hooks_.after();
}

// Those of the crowd, or the others.
void Poller::HandleReady(bool of_crowd) {
  size_t handled = 0;
  for (size_t i = 0; i < ready_count_; ++i) {
    // Remove may have cleared it since.
    auto* const handler = static_cast<PollHandler*>(ready_[i].data.ptr);
    if (handler == nullptr || handler->of_crowd_ != of_crowd) continue;
    ready_[i].data.ptr = nullptr;
    handler->OnReady(ready_[i].events);
    if (handler != &alarm_ && ++handled % kGroup == 0) hooks_.between();
  }
  if (handled % kGroup != 0) hooks_.between();
}

}  // namespace ebb::net
