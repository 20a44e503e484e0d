// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/support/engine_fixture.h"

#include <sstream>

namespace ebb::test {

TestClient& EngineTest::NewClient() {
  return *more_clients_.emplace_back(std::make_unique<TestClient>(engine_));
}

void EngineTest::AdvanceTime(int64_t ms) {
  time_.Advance(ms);
  engine_.RefreshTime();
}

void EngineTest::SetClockForward(int64_t ms) {
  time_.SetUnixForward(ms);
  engine_.RefreshTime();
}

void EngineTest::AllowDebug(const std::string& access) {
  std::istringstream no_input;
  EXPECT_EQ(config_.LoadArguments({"--enable-debug-command", access}, no_input).text, "");
}

}  // namespace ebb::test
