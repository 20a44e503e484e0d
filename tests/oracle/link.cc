// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "tests/oracle/wire.h"

namespace ebb::oracle {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Link::Link(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  failed_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const linger reset{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

Link::~Link() {
  if (fd_ >= 0) ::close(fd_);
}

Link::Link(Link&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      failed_(std::exchange(other.failed_, true)),
      out_(std::move(other.out_)),
      sent_(other.sent_),
      in_(std::move(other.in_)),
      parsed_(other.parsed_),
      pending_(other.pending_),
      until_(std::move(other.until_)),
      last_(other.last_),
      replies_(std::move(other.replies_)) {}

void Link::SendQueued() {
  while (sent_ < out_.size()) Write();
}

void Link::ReadArrived() {
  pollfd file{fd_, POLLIN, 0};
  while (!failed_ && ::poll(&file, 1, 0) > 0) Read();
}

void Link::Queue(std::string_view bytes, size_t replies) {
  out_ += bytes;
  pending_ += replies;
}

void Link::QueueUntil(std::string_view bytes, std::string_view last) {
  out_ += bytes;
  pending_ = 1;
  until_ = last;
}

void Link::QueueLast(std::string_view bytes) {
  out_ += bytes;
  pending_ = 1;
  last_ = true;
}

std::string Link::TakeOutput() {
  return std::exchange(in_, {});
}

std::vector<std::string> Link::TakeReplies() {
  return std::exchange(replies_, {});
}

Value Link::Ask(const Argv& argv) {
  constexpr std::chrono::seconds kLimit{30};
  Queue(EncodeCommand(argv), 1);
  Finish(*this, *this, kLimit);
  const std::vector<std::string> replies = TakeReplies();
  return replies.empty() ? Value{.type = 0} : ParseReply(replies.back());
}

short Link::WantedEvents() const {
  if (Done()) return 0;
  return static_cast<short>(POLLIN | (sent_ < out_.size() ? POLLOUT : 0));
}

void Link::Transfer(short events) {
  if ((events & POLLOUT) != 0) Write();
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) Read();
}

void Link::Write() {
  const ssize_t count = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
  if (count > 0) sent_ += static_cast<size_t>(count);
  // A failed connection may still hold replies to read, which tell more: Read finds its end.
  if (count < 0 && errno != EAGAIN && errno != EINTR) sent_ = out_.size();
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
    if (last_) ::shutdown(fd_, SHUT_WR);
  }
}

void Link::Read() {
  constexpr size_t kBlock = 256 * 1024;
  const size_t old = in_.size();
  in_.resize(old + kBlock);
  const ssize_t count = ::recv(fd_, in_.data() + old, kBlock, 0);
  in_.resize(old + static_cast<size_t>(count > 0 ? count : 0));
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) failed_ = true;
  while (!last_ && parsed_ < in_.size()) {
    const std::optional<size_t> end = ReplyEnd(in_, parsed_);
    if (!end.has_value()) return;
    if (in_[parsed_] != '>') {
      replies_.push_back(in_.substr(parsed_, *end - parsed_));
      const bool answers = until_.empty() || replies_.back() == until_;
      if (pending_ > 0 && answers) --pending_;
    }
    parsed_ = *end;
  }
  if (last_) return;
  in_.clear();
  parsed_ = 0;
}

bool Finish(Link& one, Link& other, milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  while (!one.Done() || !other.Done()) {
    pollfd files[2] = {{one.WantedEvents() != 0 ? one.fd_ : -1, one.WantedEvents(), 0},
                       {other.WantedEvents() != 0 ? other.fd_ : -1, other.WantedEvents(), 0}};
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) {
      if (!one.Done()) one.failed_ = true;
      if (!other.Done()) other.failed_ = true;
      return false;
    }
    if (::poll(files, 2, static_cast<int>(left.count()) + 1) < 0 && errno != EINTR) return false;
    one.Transfer(files[0].revents);
    other.Transfer(files[1].revents);
  }
  return true;
}

}  // namespace ebb::oracle
