// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/poller.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ebb::net {
namespace {

using namespace std::chrono_literals;

// Something that is ready once it has been told, and notes that it was handled.
class Client final : public PollHandler {
 public:
  Client(Poller& poller, std::string* story, char name)
      : poller_(poller), story_(story), name_(name) {
    EXPECT_TRUE(poller_.Add(fd_, EPOLLIN | EPOLLET, this));
  }
  ~Client() override {
    poller_.Remove(fd_, this);
    close(fd_);
  }

  void Tell() { EXPECT_EQ(eventfd_write(fd_, 1), 0); }
  void SetOfCrowd(bool of_crowd) { poller_.SetOfCrowd(fd_, of_crowd, this); }
  void set_reaction(std::function<void()> reaction) { reaction_ = std::move(reaction); }

  void OnReady(uint32_t) override {
    eventfd_t value = 0;
    EXPECT_EQ(eventfd_read(fd_, &value), 0) << name_ << " was not ready";
    *story_ += name_;
    if (reaction_) reaction_();
  }

 private:
  Poller& poller_;
  std::string* story_;
  const char name_;
  const int fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::function<void()> reaction_;
};

class PollerTest : public ::testing::Test {
 protected:
  // Serves until nobody is there. The story: who was handled, '|' where a group is answered, '.'
  // where a batch is over.
  std::string Serve() {
    poller_.Start({.before = [] {},
                   .between = [this] { story_ += '|'; },
                   .after =
                       [this] {
                         story_ += '.';
                         return wait_;
                       },
                   .pause = [this] { ++pauses_; },
                   .interrupt = [this] { ++interrupts_; },
                   .begin = [] {}});
    io_.poll();
    poller_.Stop();
    return story_;
  }

  asio::io_context io_;
  Poller poller_{io_};
  std::string story_;
  Poller::Wait wait_;
  int pauses_ = 0;
  int interrupts_ = 0;
};

// The system may have no call for it.
bool PausesCanBeInterrupted() {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event;
  const timespec none{};
  const bool can = epoll_pwait2(set, &event, 1, &none, nullptr) == 0;
  close(set);
  return can;
}

TEST_F(PollerTest, WhoIsNotOfTheCrowdIsServedAndAnsweredBeforeIt) {
  Client a(poller_, &story_, 'a'), b(poller_, &story_, 'b'), c(poller_, &story_, 'c');
  a.SetOfCrowd(true);
  b.SetOfCrowd(true);
  for (Client* client : {&a, &b, &c}) client->Tell();
  EXPECT_EQ(Serve(), "c|ab|.");
}

TEST_F(PollerTest, WhoIsNotOfTheCrowdIsServedInAPause) {
  if (!PausesCanBeInterrupted()) GTEST_SKIP() << "before Linux 5.11";
  Client a(poller_, &story_, 'a'), b(poller_, &story_, 'b'), c(poller_, &story_, 'c');
  a.SetOfCrowd(true);
  b.SetOfCrowd(true);
  b.SetOfCrowd(false);
  // They come while `c` is served, and are found after a pause, but for who may interrupt it.
  c.set_reaction([&] {
    a.Tell();
    b.Tell();
  });
  c.Tell();
  wait_ = {.patience = 50ms, .pause = 5ms};
  EXPECT_EQ(Serve(), "c|.b|.a|.");
  EXPECT_EQ(pauses_, 2) << "after `c`, and after `a`";
  EXPECT_EQ(interrupts_, 1);
}

// One who asks again as soon as it is answered, until the crowd has had its turn.
TEST_F(PollerTest, TheCrowdHasItsTurnHoweverManyInterrupt) {
  if (!PausesCanBeInterrupted()) GTEST_SKIP() << "before Linux 5.11";
  Client a(poller_, &story_, 'a'), b(poller_, &story_, 'b'), c(poller_, &story_, 'c');
  a.SetOfCrowd(true);
  b.set_reaction([&] {
    if (story_.find('a') == std::string::npos) b.Tell();
  });
  c.set_reaction([&] {
    a.Tell();
    b.Tell();
  });
  c.Tell();
  wait_ = {.patience = 50ms, .pause = 1ms};
  EXPECT_NE(Serve().find('a'), std::string::npos);
  EXPECT_GT(interrupts_, 0);
}

TEST_F(PollerTest, WhoIsRemovedIsNotHandled) {
  std::optional<Client> a, b;
  a.emplace(poller_, &story_, 'a');
  b.emplace(poller_, &story_, 'b');
  a->set_reaction([&] { b.reset(); });
  a->Tell();
  b->Tell();
  EXPECT_EQ(Serve(), "a|.");
}

TEST_F(PollerTest, ManyAreAnsweredInGroups) {
  std::vector<std::unique_ptr<Client>> clients;
  for (size_t i = 0; i < Poller::kGroup + 1; ++i) {
    clients.push_back(std::make_unique<Client>(poller_, &story_, 'a'));
    clients.back()->Tell();
  }
  EXPECT_EQ(Serve(), std::string(Poller::kGroup, 'a') + "|a|.");
}

}  // namespace
}  // namespace ebb::net
