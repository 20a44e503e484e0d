// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/request_parser.h"
#include "server/config.h"
#include "server/engine.h"
#include "server/session.h"
#include "server/time_source.h"
#include "storage/memory/allocator.h"
#include "tests/support/reply.h"

struct redisReader;

namespace ebb::test {

// A clock that stands still until a test moves it.
class FakeTime final : public TimeSource {
 public:
  int64_t UnixMicroseconds() override { return unix_us_; }
  int64_t MonotonicNanoseconds() override { return unix_us_ * 1000; }
  int64_t ThreadCpuNanoseconds() override { return unix_us_ * 1000; }
  void Advance(int64_t ms) { unix_us_ += ms * 1000; }

 private:
  int64_t unix_us_ = 1'750'000'000'000'000;
};

// A client without a socket: what it sends goes as RESP through a request parser into the engine,
// and what comes back is read by hiredis, so that commands meet what a real client meets. Speaks
// RESP2; RunRaw shows the bytes of either protocol.
class TestClient final : public SessionTransport {
 public:
  explicit TestClient(Engine& engine);
  ~TestClient() override;

  // Sends one command and answers its reply. Reply::Lost when none came, or more than one.
  Reply Run(const std::vector<std::string>& argv);

  // As Run, but answers the bytes of the reply.
  std::string RunRaw(const std::vector<std::string>& argv);

  // Sends bytes, perhaps none, as they are and runs the commands that they complete and those that
  // were postponed, up to one that is postponed or closes the connection.
  void Send(std::string_view bytes);

  // The next reply among those that wait; Reply::Lost when none does.
  Reply Receive();

  Session& session() { return session_; }
  bool close_requested() const { return close_requested_; }

  // SessionTransport
  void ScheduleFlush() override {}
  void ScheduleClose(bool after_reply) override;
  void ScheduleResume() override {}
  std::string PeerAddress() const override {
    return "127.0.0.1:" + std::to_string(49999 + session_.id);
  }
  std::string LocalAddress() const override { return "127.0.0.1:6379"; }
  int FileDescriptor() const override { return 8; }
  std::optional<LargeBulk> TakeLarge(size_t index) override { return parser_.TakeLarge(index); }
  InputUsage Input() const override;

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };

  void RunCommands();
  std::string TakeOutput();

  Engine& engine_;
  const ParserLimits limits_;
  RequestParser parser_{&limits_};
  Session session_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  bool close_requested_ = false;
};

// A whole server in the test's own process, without sockets and with its own time.
//
//   using GetTest = EngineTest;
//   TEST_F(GetTest, AnswersWhatWasSet) {
//     Run({"SET", "k", "v"});
//     EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
//   }
class EngineTest : public ::testing::Test {
 protected:
  // Runs a command as the test's first client.
  Reply Run(const std::vector<std::string>& argv) { return client_.Run(argv); }

  // The first client, and more clients; they live as long as the test.
  TestClient& client() { return client_; }
  TestClient& NewClient();

  // Time passes; no cron runs unless the test runs it.
  void AdvanceTime(int64_t ms);

  Engine& engine() { return engine_; }
  ConfigStore& config() { return config_; }

 private:
  const memory::ThreadAccount account_;
  ConfigStore config_;
  FakeTime time_;
  Engine engine_{config_, time_};
  TestClient client_{engine_};
  std::vector<std::unique_ptr<TestClient>> more_clients_;
};

}  // namespace ebb::test
