// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What clients send while nobody asks the parser for commands, and commands of very many arguments:
// both lie in blocks.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/input_backlog.h"
#include "protocol/request_parser.h"
#include "tests/support/encode.h"
#include "tests/support/read_into.h"

namespace ebb {
namespace {

using Status = RequestParser::Status;
using Command = std::vector<std::string>;

class SentAheadTest : public ::testing::Test {
 protected:
  void Read(std::string_view* bytes, size_t most) {
    ASSERT_FALSE(test::ReadInto(parser_, scratch_, bytes, most).empty());
  }

  void Release() {
    parser_.Release();
    std::ranges::fill(scratch_, '#');
  }

  // All that have come; every `unread`th is given again after others have been read.
  void TakeCommands(size_t unread = 0) {
    Status status;
    while ((status = parser_.Next()) == Status::kCommand || parser_.behind()) {
      if (status != Status::kCommand) continue;
      if (unread != 0 && ++given_ % unread == 0) {
        parser_.Unread();
        Release();
      } else {
        commands_.emplace_back(parser_.args().begin(), parser_.args().end());
      }
    }
    ASSERT_EQ(status, Status::kNeedMore) << parser_.error();
  }

  ParserLimits limits_;
  RequestParser parser_{&limits_};
  std::vector<char> scratch_ = std::vector<char>(size_t{64} << 10);
  std::vector<Command> commands_;
  size_t given_ = 0;
};

// A buffer that doubled would move all that it holds, and be half empty.
TEST_F(SentAheadTest, TakesABlockAtATime) {
  const std::string get = test::Encode({"GET", "some:key"});
  std::string sent;
  while (sent.size() < size_t{8} << 20) sent += get;
  std::string_view bytes = sent;
  size_t memory = 0;
  while (!bytes.empty()) {
    Read(&bytes, ~size_t{0});
    Release();
    EXPECT_LE(parser_.memory_bytes(), memory + 3 * InputBacklog::kBlockBytes);
    memory = parser_.memory_bytes();
  }
  EXPECT_EQ(parser_.buffered_bytes(), sent.size());
  EXPECT_EQ(parser_.unparsed_bytes(), sent.size());
  EXPECT_LE(memory, sent.size() + 3 * InputBacklog::kBlockBytes);

  // It goes back as it is used.
  for (size_t i = 0; i < sent.size() / get.size() / 2; ++i) {
    while (parser_.Next() != Status::kCommand) ASSERT_TRUE(parser_.behind());
  }
  Release();
  EXPECT_LE(parser_.memory_bytes(), sent.size() / 2 + 4 * InputBacklog::kBlockBytes);
  TakeCommands();
  Release();
  EXPECT_EQ(commands_.size(), sent.size() / get.size() - sent.size() / get.size() / 2);
  EXPECT_EQ(parser_.buffered_bytes(), 0u);
  EXPECT_LE(parser_.memory_bytes(), 1024u);
}

// Asked once, the parser looks at one block, though a command may need them all.
TEST_F(SentAheadTest, OneCallLooksAtOneBlock) {
  const Command command(100'000, std::string(50, 'a'));
  const std::string sent = test::Encode(command);
  std::string_view bytes = sent;
  while (!bytes.empty()) {
    Read(&bytes, ~size_t{0});
    Release();
  }
  size_t waits = parser_.unparsed_bytes();
  size_t calls = 1;
  for (; parser_.Next() != Status::kCommand; ++calls) {
    ASSERT_TRUE(parser_.behind());
    EXPECT_LE(waits - parser_.unparsed_bytes(), 3 * InputBacklog::kBlockBytes);
    waits = parser_.unparsed_bytes();
  }
  EXPECT_GT(calls, sent.size() / InputBacklog::kBlockBytes / 2);
  EXPECT_TRUE(std::ranges::equal(parser_.args(), command));
}

// Nor are its arguments moved as more come: they lie where they first were.
TEST_F(SentAheadTest, ArgumentsStayInTheirBlocks) {
  const Command command(40'000, std::string(100, 'a'));
  const std::string sent = test::Encode(command);
  std::string_view bytes = sent;
  size_t memory = 0;
  Status status = Status::kNeedMore;
  while (!bytes.empty()) {
    Read(&bytes, 100'000);
    while ((status = parser_.Next()) != Status::kCommand && parser_.behind()) {
    }
    if (status == Status::kCommand) break;
    Release();
    const size_t pointers = 2 * command.size() * sizeof(std::string_view);
    EXPECT_LE(parser_.memory_bytes(), parser_.buffered_bytes() + pointers + (size_t{1} << 20));
    EXPECT_GE(parser_.memory_bytes(), memory);
    memory = parser_.memory_bytes();
  }
  ASSERT_EQ(status, Status::kCommand);
  EXPECT_TRUE(std::ranges::equal(parser_.args(), command));
  Release();
  EXPECT_LE(parser_.memory_bytes(), 1024u);
}

// The limit of what may wait is that of what has come, in blocks or not.
TEST_F(SentAheadTest, CountsForTheQueryBufferLimit) {
  limits_.query_buffer_bytes = 1'000'000;
  const std::string part(10'000, 'a');
  for (size_t sent = 0; sent < 1'000'000; sent += part.size()) {
    EXPECT_FALSE(parser_.over_query_buffer_limit());
    std::string_view bytes = part;
    Read(&bytes, part.size());
    Release();
  }
  std::string_view one_more = "a";
  Read(&one_more, 1);
  EXPECT_TRUE(parser_.over_query_buffer_limit());
}

// Short and long commands, long arguments, inline lines, in reads of all sizes, asked for now and
// then, some given twice: always the same commands.
TEST_F(SentAheadTest, HoweverLateTheCommandsAreThese) {
  std::mt19937 random(1);
  const auto below = [&](size_t n) { return static_cast<size_t>(random()) % n; };
  for (int round = 0; round < 12; ++round) {
    std::vector<Command> expected;
    std::string sent;
    while (sent.size() < 3'000'000) {
      const size_t kind = below(200);
      Command command = {"C" + std::to_string(expected.size())};
      const size_t count = kind == 0 ? below(30'000) : below(4);
      for (size_t i = 0; i < count; ++i) {
        command.emplace_back(below(40), static_cast<char>('a' + below(26)));
      }
      if (kind == 1) command.emplace_back(below(500'000), 'L');
      if (kind == 2) command.emplace_back(kLargeBulkMin - below(3), 'E');
      if (kind == 3) {
        command = {"INLINE", std::string(below(65'000), 'i') + "."};
        sent += command[0] + " " + command[1] + "\r\n";
      } else {
        sent += test::Encode(command);
      }
      expected.push_back(std::move(command));
    }
    commands_.clear();
    std::string_view bytes = sent;
    const size_t most = round % 3 == 0 ? 1'000 : 200'000;
    const size_t patience = round % 5 == 0 ? 1 : 1 + below(100);
    while (!bytes.empty()) {
      Read(&bytes, 1 + below(most));
      if (below(patience) == 0) TakeCommands(round % 2 == 0 ? 3 : 0);
      Release();
    }
    TakeCommands();
    Release();
    ASSERT_EQ(commands_, expected) << "round " << round;
    ASSERT_EQ(parser_.buffered_bytes(), 0u);
  }
}

}  // namespace
}  // namespace ebb
