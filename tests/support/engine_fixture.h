// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/config.h"
#include "server/engine.h"
#include "storage/memory/allocator.h"
#include "tests/support/reply.h"
#include "tests/support/test_client.h"

namespace ebb::test {

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
  // Somebody sets the system's clock, forward or back; no time passes.
  void SetClockForward(int64_t ms);
  FakeTime& time() { return time_; }
  // All blocked commands whose time is over are answered.
  void ExpireBlocked() {
    engine_.blocked().Expire(engine_.steady_ms(), [] { return false; });
  }

  // Sets enable-debug-command.
  void AllowDebug(const std::string& access = "yes");

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
