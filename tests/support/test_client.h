// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/request_parser.h"
#include "server/engine.h"
#include "server/session.h"
#include "server/time_source.h"
#include "tests/support/reply.h"

struct redisReader;

namespace ebb::test {

// Clocks that stand still until a test moves them. The machine has run for eleven days: the steady
// clock is far behind the system's, so that whoever takes one for the other is found out.
class FakeTime final : public TimeSource {
 public:
  int64_t UnixMicroseconds() override { return steady_us_ + unix_ahead_us_; }
  int64_t MonotonicNanoseconds() override { return (steady_us_ += look_us_) * 1000; }
  int64_t ThreadCpuNanoseconds() override { return steady_us_ * 1000; }
  // Time passes.
  void Advance(int64_t ms) { steady_us_ += ms * 1000; }
  // Somebody sets the system's clock, forward or back. No time passes.
  void SetUnixForward(int64_t ms) { unix_ahead_us_ += ms * 1000; }
  // From now on each look at the monotonic clock moves it, as if what came before had taken so
  // long.
  void LetLooksTake(int64_t us) { look_us_ = us; }

 private:
  int64_t look_us_ = 0;
  int64_t steady_us_ = 1'000'000'000'000;
  int64_t unix_ahead_us_ = 1'750'000'000'000'000 - steady_us_;
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

  // The bytes of all replies that wait.
  std::string TakeOutput();

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
  size_t InputMemory() const override { return parser_.memory_bytes(); }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };

  void RunArrived();
  void RunCommands();

  Engine& engine_;
  const ParserLimits limits_;
  RequestParser parser_{&limits_};
  Session session_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  bool close_requested_ = false;
};

}  // namespace ebb::test
