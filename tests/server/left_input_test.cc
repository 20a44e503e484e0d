// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/left_input.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/request_limits.h"
#include "storage/memory/allocator.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/read_into.h"

namespace ebb::test {
namespace {

// What is left to the lazy-free thread waits here until a test frees it.
class LeftInputTest : public EngineTest {
 protected:
  // The client sends `bytes`, which are a part of a command at the most; `waits`: its commands wait
  // for something.
  void Read(std::string_view bytes, bool waits = false) {
    while (!bytes.empty()) {
      ReadInto(*parser_, scratch_, &bytes);
      while (!waits && parser_->Next() == RequestParser::Status::kNeedMore && parser_->behind()) {
      }
      parser_->Release();
    }
  }

  void Leave() {
    LeaveInput(*parser_, engine().disposer());
    parser_.reset();
  }

  size_t Pending() { return engine().lazy_free().pending_bytes(); }
  uint64_t Added() { return engine().lazy_free().added(); }
  void FreeAll() {
    while (engine().lazy_free().Step()) {
    }
  }

  const ParserLimits limits_ = RequestLimits(engine());
  std::unique_ptr<RequestParser> parser_ = std::make_unique<RequestParser>(&limits_);
  std::vector<char> scratch_ = std::vector<char>(size_t{64} << 10);
};

std::string Repeat(std::string_view text, size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST_F(LeftInputTest, MillionsOfArgumentsAreLeftToTheThread) {
  constexpr size_t kMany = 1'000'000;
  const std::string bytes = "*2000000\r\n" + Repeat("$4\r\nabcd\r\n", kMany);
  const size_t used = memory::UsedMemory();
  Read(bytes);
  const size_t held = bytes.size() + kMany * sizeof(std::string_view);
  ASSERT_GE(parser_->memory_bytes(), held);
  const uint64_t added = Added();
  Leave();
  EXPECT_EQ(Added(), added + 1);
  EXPECT_GE(Pending(), held);
  EXPECT_EQ(engine().lazy_free().pending_objects(), 0u) << "it was no object of a database";
  FreeAll();
  EXPECT_EQ(Pending(), 0u);
  EXPECT_LT(memory::UsedMemory(), used + 1'000'000);
}

// One that is still being received goes as it always does, and is awaited no more.
TEST_F(LeftInputTest, ManyLongArgumentsAreLeftToTheThreadTogether) {
  constexpr size_t kMany = 300;
  constexpr size_t kLong = 100'000;
  const std::string argument = "$100000\r\n" + std::string(kLong, 'v') + "\r\n";
  const std::string bytes = "*1000\r\n" + Repeat(argument, kMany) + argument.substr(0, kLong / 2);
  const size_t used = memory::UsedMemory();
  Read(bytes);
  FreeAll();
  ASSERT_GT(engine().awaited_argument_bytes(), 0u);
  const uint64_t added = Added();
  Leave();
  EXPECT_EQ(engine().awaited_argument_bytes(), 0u);
  EXPECT_EQ(Added(), added + 2);
  EXPECT_GE(Pending(), kMany * kLong);
  EXPECT_LT(Pending(), (kMany + 10) * kLong) << "and is not counted twice";
  FreeAll();
  EXPECT_EQ(Pending(), 0u);
  EXPECT_LT(memory::UsedMemory(), used + 1'000'000);
}

TEST_F(LeftInputTest, WhatWasSentAheadIsLeftToTheThread) {
  const std::string bytes = Repeat("PING\r\n", 2'000'000);
  const size_t used = memory::UsedMemory();
  Read(bytes, true);
  const uint64_t added = Added();
  Leave();
  EXPECT_EQ(Added(), added + 1);
  EXPECT_GE(Pending(), bytes.size());
  FreeAll();
  EXPECT_EQ(Pending(), 0u);
  EXPECT_LT(memory::UsedMemory(), used + 1'000'000);
}

TEST_F(LeftInputTest, LittleWakesNoThread) {
  const uint64_t added = Added();
  Read("*1000\r\n" + Repeat("$4\r\nabcd\r\n", 500));
  Leave();
  EXPECT_EQ(Added(), added);
}

TEST_F(LeftInputTest, WithoutLazinessAllIsFreedAtOnce) {
  Run({"CONFIG", "SET", "lazyfree-lazy-server-del", "no"});
  const std::string bytes = "*2000000\r\n" + Repeat("$4\r\nabcd\r\n", 1'000'000);
  const size_t used = memory::UsedMemory();
  Read(bytes);
  Leave();
  EXPECT_EQ(Pending(), 0u);
  EXPECT_LT(memory::UsedMemory(), used + 1'000'000);
}

}  // namespace
}  // namespace ebb::test
