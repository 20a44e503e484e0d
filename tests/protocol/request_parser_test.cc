// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/encode.h"
#include "tests/support/read_into.h"

namespace ebb {
namespace {

using test::Encode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Status = RequestParser::Status;
using Command = std::vector<std::string>;

constexpr size_t kMaxLine = 64 * 1024;

Command Args(const RequestParser& parser) {
  return {parser.args().begin(), parser.args().end()};
}

// A parser with a client's end to send into.
class Client {
 public:
  explicit Client(const ParserLimits* limits, size_t scratch_bytes = 64 * 1024)
      : parser(limits), scratch_(scratch_bytes) {}

  // Puts the first bytes of `bytes`, at most `piece`, where the parser wants them, and forgets
  // them.
  void Read(std::string_view* bytes, size_t piece) {
    const std::span<char> read = test::ReadInto(parser, scratch_, bytes, piece);
    ASSERT_FALSE(read.empty());
    const char* const end = read.data() + read.size();
    if (std::less<>()(scratch_.data(), end) &&
        std::less_equal<>()(end, scratch_.data() + scratch_.size())) {
      used_ = static_cast<size_t>(end - scratch_.data());
    }
  }

  // Another connection reads into the scratch.
  void Release() {
    parser.Release();
    std::memset(scratch_.data(), '#', used_);
    used_ = 0;
  }

  // Sends it all, in pieces of the sizes that `piece` gives; answers how the last piece ended.
  Status Send(std::string_view bytes, const std::function<size_t()>& piece) {
    Status status = Status::kNeedMore;
    while (!bytes.empty() && status != Status::kError) {
      Read(&bytes, piece());
      while ((status = parser.Next()) == Status::kCommand || parser.behind()) {
        if (status == Status::kCommand) commands.push_back(Args(parser));
      }
      Release();
    }
    return status;
  }
  Status Send(std::string_view bytes, size_t piece = ~size_t{0}) {
    return Send(bytes, [piece] { return piece; });
  }

  RequestParser parser;
  std::vector<Command> commands;

 private:
  std::vector<char> scratch_;
  size_t used_ = 0;  // bytes of the scratch that were written since Release
};

class RequestParserTest : public ::testing::Test {
 protected:
  // What `bytes` come to, the same in whole, byte by byte and in some pieces; an error is the last.
  std::vector<Command> Parse(std::string_view bytes, bool authenticated = true) {
    std::vector<Command> whole = ParseInPieces(bytes, ~size_t{0}, authenticated);
    for (const size_t piece : {1, 2, 3, 7, 1000}) {
      EXPECT_EQ(ParseInPieces(bytes, piece, authenticated), whole) << "in pieces of " << piece;
    }
    return whole;
  }

  std::vector<Command> ParseInPieces(std::string_view bytes, size_t piece, bool authenticated) {
    Client client(&limits_);
    client.parser.set_authenticated(authenticated);
    const Status status = client.Send(bytes, piece);
    if (status == Status::kError) {
      client.commands.push_back({std::string(client.parser.error())});
      EXPECT_EQ(client.parser.Next(), Status::kError) << "an error is for good";
    }
    return client.commands;
  }

  ParserLimits limits_;
};

TEST_F(RequestParserTest, ArraysOfBulkStrings) {
  EXPECT_THAT(Parse("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$5\r\na\r\nb\0\r\n"),
              ElementsAre(Command{"PING"}));
  EXPECT_THAT(Parse(Encode({"ECHO", std::string("a\r\n\0b", 5)}) + Encode({"SET", "", "*1"})),
              ElementsAre(Command{"ECHO", std::string("a\r\n\0b", 5)}, Command{"SET", "", "*1"}));
}

TEST_F(RequestParserTest, CommandsWithoutArgumentsAreSkipped) {
  EXPECT_THAT(Parse("*0\r\n*-1\r\n*-5\r\n*-9223372036854775808\r\n\r\n\n   \r\n*1\r\n$1\r\na\r\n"),
              ElementsAre(Command{"a"}));
}

TEST_F(RequestParserTest, WhatEndsALineOrAnArgumentIsNotLookedAt) {
  EXPECT_THAT(Parse("*1\rX$4\rYPINGab*1\r\n$1\r\nb\r\n"),
              ElementsAre(Command{"PING"}, Command{"b"}));
}

TEST_F(RequestParserTest, HeadersOfEveryLength) {
  for (const size_t size : {0, 1, 9, 10, 99, 100, 9999, 10000, 32767, 32768, 99999, 100000}) {
    const Command command = {"SET", std::string(size, 'v'), "end"};
    EXPECT_THAT(Parse(Encode(command)), ElementsAre(command)) << size;
  }
  for (const size_t count : {1, 9, 10, 11, 99999, 100000, 100001}) {
    const Command command(count, "a");
    Client client(&limits_);
    EXPECT_EQ(client.Send(Encode(command), 1009), Status::kNeedMore);
    EXPECT_THAT(client.commands, ElementsAre(command)) << count;
  }
}

TEST_F(RequestParserTest, InlineCommands) {
  EXPECT_THAT(Parse("PING\r\nset a  b\t c\n \x0b\x0c"
                    "GET k\r\r\n"),
              ElementsAre(Command{"PING"}, Command{"set", "a", "b", "c"}, Command{"GET", "k"}));
  EXPECT_THAT(Parse("ECHO \"a b\\n\" 'c d'\r\n\"\"\r\nPING\r\n"),
              ElementsAre(Command{"ECHO", "a b\n", "c d"}, Command{""}, Command{"PING"}));
  EXPECT_THAT(Parse("PING\r\n" + Encode({"GET", "k"}) + "PING\n"),
              ElementsAre(Command{"PING"}, Command{"GET", "k"}, Command{"PING"}));
}

// The texts are Redis's, as a server of version 7.0.15 sends them.
TEST_F(RequestParserTest, Errors) {
  const auto error = [this](std::string_view bytes) {
    const std::vector<Command> outcome = Parse(bytes);
    return outcome.size() == 1 && outcome[0].size() == 1 ? outcome[0][0] : "no error";
  };
  for (const char* bytes : {"*\r\n", "*-0\r\n", "*00\r\n", "*+1\r\n", "* 1\r\n", "*1 \r\n",
                            "*1x\r\n", "*01\r\n", "*2147483648\r\n", "*99999999999999999999\r\n",
                            "*-\r\n", "*:\r\n", "*1:\r\n", "*/\r\n", "*-01\r\n", "*x\r\n"}) {
    EXPECT_EQ(error(bytes), "Protocol error: invalid multibulk length") << bytes;
  }
  for (const char* bytes :
       {"*1\r\n$-1\r\n", "*1\r\n$\r\n", "*1\r\n$abc\r\n", "*1\r\n$04\r\n", "*1\r\n$536870913\r\n",
        "*1\r\n$9223372036854775808\r\n", "*1\r\n$+4\r\n", "*1\r\n$:\r\n", "*1\r\n$1/\r\n",
        "*1\r\n$4 \r\n", "*2\r\n$1\r\na\r\n$x\r\n"}) {
    EXPECT_EQ(error(bytes), "Protocol error: invalid bulk length") << bytes;
  }
  EXPECT_EQ(error("*1\r\nPING\r\n"), "Protocol error: expected '$', got 'P'");
  EXPECT_EQ(error("*1\r\n*1\r\n"), "Protocol error: expected '$', got '*'");
  EXPECT_EQ(error("*1\r\n\x80\r\n"), "Protocol error: expected '$', got '\x80'");
  EXPECT_EQ(error("*1\r\n\r\n"), "Protocol error: expected '$', got '\r'");
  for (const char* bytes : {"ECHO \"a\"b\r\n", "ECHO \"a\r\n", "ECHO 'a\r\n", "ECHO \"\\\r\n"}) {
    EXPECT_EQ(error(bytes), "Protocol error: unbalanced quotes in request") << bytes;
  }
}

TEST_F(RequestParserTest, LongestLines) {
  // The longest line before the one that is refused, without what ends it.
  EXPECT_THAT(Parse("*1\r\n$" + std::string(kMaxLine - 1, '1')), IsEmpty());
  EXPECT_THAT(Parse("*1\r\n$" + std::string(kMaxLine - 1, '1') + "\r\n"),
              ElementsAre(Command{"Protocol error: invalid bulk length"}));
  EXPECT_THAT(Parse("*1\r\n$" + std::string(kMaxLine, '1') + "\r\n"),
              ElementsAre(Command{"Protocol error: too big bulk count string"}));
  EXPECT_THAT(Parse("*1\r\nX" + std::string(kMaxLine, '1')),
              ElementsAre(Command{"Protocol error: too big bulk count string"}));

  EXPECT_THAT(Parse("*" + std::string(kMaxLine - 1, '1')), IsEmpty());
  EXPECT_THAT(Parse("*" + std::string(kMaxLine - 1, '1') + "\r\n"),
              ElementsAre(Command{"Protocol error: invalid multibulk length"}));
  EXPECT_THAT(Parse("*" + std::string(kMaxLine, '1')),
              ElementsAre(Command{"Protocol error: too big mbulk count string"}));

  const Command longest = {"ECHO", std::string(kMaxLine - 5, 'a')};
  EXPECT_THAT(Parse("ECHO " + longest[1]), IsEmpty());
  EXPECT_THAT(Parse("ECHO " + longest[1] + "\n"), ElementsAre(longest));
  EXPECT_THAT(Parse("ECHO " + longest[1] + "a\n"),
              ElementsAre(Command{"Protocol error: too big inline request"}));
  EXPECT_THAT(Parse("ECHO " + longest[1] + "a"),
              ElementsAre(Command{"Protocol error: too big inline request"}));
}

TEST_F(RequestParserTest, NulHidesTheEndOfALine) {
  using std::string_literals::operator""s;
  EXPECT_THAT(Parse("PING\0\r\nPING\r\n"s), IsEmpty());
  EXPECT_THAT(Parse("*1\0\r\n$4\r\nPING\r\n"s), IsEmpty());
  EXPECT_THAT(Parse("*1\r\n$4\0\r\nPING\r\n"s), IsEmpty());
  EXPECT_THAT(Parse("PING\0\r\n"s + std::string(kMaxLine, 'a')),
              ElementsAre(Command{"Protocol error: too big inline request"}));
}

TEST_F(RequestParserTest, UnauthenticatedClientsGetLittle) {
  const std::string most = Encode(Command(10, std::string(16384, 'a')));
  EXPECT_THAT(Parse(most, false), ElementsAre(Command(10, std::string(16384, 'a'))));
  EXPECT_THAT(Parse("*11\r\n", false),
              ElementsAre(Command{"Protocol error: unauthenticated multibulk length"}));
  EXPECT_THAT(Parse("*1\r\n$16385\r\n", false),
              ElementsAre(Command{"Protocol error: unauthenticated bulk length"}));
  EXPECT_THAT(Parse("*1\r\n$536870913\r\n", false),
              ElementsAre(Command{"Protocol error: invalid bulk length"}));

  // Once authenticated, the same connection may send what it likes.
  Client client(&limits_);
  client.parser.set_authenticated(false);
  client.Send(Encode({"AUTH", "secret"}));
  client.parser.set_authenticated(true);
  client.Send(Encode(Command(11, "a")));
  EXPECT_THAT(client.commands, ElementsAre(Command{"AUTH", "secret"}, Command(11, "a")));
}

TEST_F(RequestParserTest, LimitsChangeLive) {
  Client client(&limits_);
  limits_.max_bulk_bytes = 5;
  EXPECT_EQ(client.Send("*1\r\n$5\r\nhello\r\n"), Status::kNeedMore);
  limits_.max_bulk_bytes = 4;
  EXPECT_EQ(client.Send("*1\r\n$5\r\nhello\r\n"), Status::kError);
  EXPECT_EQ(client.parser.error(), "Protocol error: invalid bulk length");
}

// ------------------------------------------------------------------------------ random commands

std::string RandomBytes(std::mt19937& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

size_t Up(std::mt19937& random, size_t most) {
  return random() % (most + 1);
}

Command RandomCommand(std::mt19937& random) {
  Command command;
  for (size_t i = 0, count = 1 + Up(random, 5); i < count; ++i) {
    const unsigned kind = random() % 100;
    const size_t size = kind < 90   ? Up(random, 40)
                        : kind < 98 ? Up(random, 5000)
                                    : 32760 + Up(random, 9000);
    command.push_back(RandomBytes(random, size));
  }
  return command;
}

// A command of words that need no quotes, with spaces of all kinds between them.
Command RandomInline(std::mt19937& random, std::string* line) {
  Command command;
  for (size_t i = 0, count = 1 + Up(random, 5); i < count; ++i) {
    command.emplace_back(1 + Up(random, 20), static_cast<char>('a' + random() % 26));
    *line += std::string(Up(random, 1) + (i > 0 ? 1 : 0), " \t"[random() % 2]) + command.back();
  }
  *line += random() % 2 ? "\r\n" : "\n";
  return command;
}

TEST_F(RequestParserTest, AnySplitGivesTheSameCommands) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    std::string bytes;
    std::vector<Command> commands;
    for (int i = 0; i < 40; ++i) {
      if (random() % 8 == 0) bytes += random() % 2 ? "*0\r\n" : "\r\n";
      if (random() % 4 == 0) {
        commands.push_back(RandomInline(random, &bytes));
      } else {
        commands.push_back(RandomCommand(random));
        bytes += Encode(commands.back());
      }
    }
    for (const size_t most : {3, 100, 5000, 100000}) {
      for (const size_t scratch : {1, 300, 65536}) {
        Client client(&limits_, scratch);
        const Status status = client.Send(bytes, [&] { return 1 + Up(random, most - 1); });
        ASSERT_EQ(status, Status::kNeedMore) << "seed " << seed;
        ASSERT_EQ(client.commands, commands) << "seed " << seed << ", up to " << most;
        ASSERT_EQ(client.parser.buffered_bytes(), 0u);
      }
    }
  }
}

// ------------------------------------------------------------------------------ postponed commands

TEST_F(RequestParserTest, UnreadGivesTheCommandAgain) {
  for (const Command& first :
       {Command{"BLPOP", "k", "0"}, Command{"SET", std::string(50000, 'v')}}) {
    Client client(&limits_, 1000);
    std::string bytes = Encode(first) + "\"in line\" 'b'\r\n" + Encode({"GET", "k"}) + "*1\r\n$2";
    std::string_view left = bytes;
    while (client.parser.Next() != Status::kCommand) client.Read(&left, 1000);
    client.parser.Unread();
    client.Release();
    // More arrives while it waits.
    while (!left.empty()) {
      client.Read(&left, 7);
      client.Release();
    }
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(client.parser.Next(), Status::kCommand);
      EXPECT_EQ(Args(client.parser), first);
      client.parser.Unread();
      client.Release();
    }
    EXPECT_EQ(client.parser.Next(), Status::kCommand);
    ASSERT_EQ(client.parser.Next(), Status::kCommand);
    EXPECT_EQ(Args(client.parser), (Command{"in line", "b"}));
    client.parser.Unread();
    client.Release();
    ASSERT_EQ(client.parser.Next(), Status::kCommand);
    EXPECT_EQ(Args(client.parser), (Command{"in line", "b"}));
    ASSERT_EQ(client.parser.Next(), Status::kCommand);
    EXPECT_EQ(Args(client.parser), (Command{"GET", "k"}));
    EXPECT_EQ(client.parser.Next(), Status::kNeedMore);
    client.Release();
    EXPECT_EQ(client.Send("\r\nab\r\n"), Status::kNeedMore);
    EXPECT_THAT(client.commands, ElementsAre(Command{"ab"}));
  }
}

// ------------------------------------------------------------------------------------------ memory

TEST_F(RequestParserTest, AnIdleConnectionOwnsNoBuffer) {
  Client client(&limits_);
  client.Send(Encode({"SET", "key", "value"}));
  const size_t idle = client.parser.memory_bytes();
  EXPECT_LE(idle, 128u);
  EXPECT_EQ(client.parser.buffered_bytes(), 0u);

  client.Send("*1\r\n$100\r\nabc");
  EXPECT_EQ(client.parser.buffered_bytes(), 13u);
  EXPECT_LE(client.parser.memory_bytes(), 1024u) << "as little as there is to keep";
  client.Send(std::string(97, 'x') + "\r\n");
  EXPECT_EQ(client.parser.memory_bytes(), idle);
}

TEST_F(RequestParserTest, AnIdleConnectionKeepsLittleOfALongCommand) {
  Client client(&limits_);
  for (const size_t arguments : {60, 65, 1000, 1024}) {
    client.Send(Encode(Command(arguments, "a")));
    EXPECT_LE(client.parser.memory_bytes(), 1024u) << arguments;
  }
}

TEST_F(RequestParserTest, ABigCommandsMemoryIsGivenBackThoughBytesRemain) {
  Client client(&limits_);
  const Command big(20000, std::string(100, 'a'));
  client.Send(Encode(big), 10000);
  EXPECT_LE(client.parser.memory_bytes(), 1024u);
  client.commands.clear();
  client.Send(Encode(big) + "*1\r\n$5", 10000);
  EXPECT_LE(client.parser.memory_bytes(), 1024u);
  client.Send("\r\nhello\r\n");
  EXPECT_THAT(client.commands, ElementsAre(big, Command{"hello"}));
}

// However the reads cut a stream of small commands, the next read is nearly as large as the first.
TEST_F(RequestParserTest, SmallRestsAreReadOnInTheScratch) {
  std::vector<char> scratch(64 * 1024);
  RequestParser parser(&limits_);
  const std::string_view part = "*2\r\n$3\r\nGET\r\n$5\r\nab";
  std::span<char> target = parser.ReadTarget(scratch);
  std::memcpy(target.data(), part.data(), part.size());
  parser.BytesRead(part.size());
  EXPECT_EQ(parser.Next(), Status::kNeedMore);
  parser.Release();
  target = parser.ReadTarget(scratch);
  EXPECT_EQ(target.size(), scratch.size() - part.size());
}

TEST_F(RequestParserTest, QueryBufferLimit) {
  limits_.query_buffer_bytes = 1000;
  Client client(&limits_);
  client.Send("*3\r\n$990\r\n");
  client.Send(std::string(990, 'a'));
  EXPECT_EQ(client.parser.buffered_bytes(), 1000u);
  EXPECT_FALSE(client.parser.over_query_buffer_limit());
  client.Send("\r\n$2000\r\n");
  EXPECT_FALSE(client.parser.over_query_buffer_limit()) << "an argument that is whole";
  client.Send(std::string(1000, 'b'));
  EXPECT_FALSE(client.parser.over_query_buffer_limit());
  client.Send("b");
  EXPECT_TRUE(client.parser.over_query_buffer_limit());
}

TEST_F(RequestParserTest, LittleWaitsOfAClientThatHasNeverAuthenticated) {
  RequestParser parser(&limits_);
  std::vector<char> scratch(65536);
  parser.set_authenticated(false);
  while (!parser.over_query_buffer_limit()) {
    parser.BytesRead(parser.ReadTarget(scratch).size());
    parser.Release();
  }
  EXPECT_GT(parser.buffered_bytes(), RequestParser::kMaxUnauthenticatedBytes);
  EXPECT_LE(parser.buffered_bytes(), 2 * RequestParser::kMaxUnauthenticatedBytes);
  for (const bool authenticated : {true, false}) {  // and a RESET
    parser.set_authenticated(authenticated);
    EXPECT_FALSE(parser.over_query_buffer_limit());
  }
}

TEST_F(RequestParserTest, ShortArgumentsHaveALimitOfTheirOwn) {
  limits_.query_buffer_bytes = 1000;
  limits_.short_arguments_bytes = 5000;
  Client client(&limits_);
  client.Send("*100\r\n");
  const std::string argument = "$92\r\n" + std::string(92, 'a') + "\r\n";
  for (int i = 0; i < 50; ++i) client.Send(argument);
  EXPECT_FALSE(client.parser.over_query_buffer_limit());
  client.Send(argument);
  EXPECT_TRUE(client.parser.over_query_buffer_limit());
}

TEST_F(RequestParserTest, QueryBufferLimitOfALongArgument) {
  limits_.query_buffer_bytes = 100'000;
  Client client(&limits_);
  const std::string part(60'000, 'a');
  client.Send("*3\r\n$60000\r\n" + part + "\r\n$60000\r\n");
  EXPECT_FALSE(client.parser.over_query_buffer_limit());
  client.Send(part + "\r\n$200000\r\n" + part);
  EXPECT_FALSE(client.parser.over_query_buffer_limit());
  client.Send(part);
  EXPECT_TRUE(client.parser.over_query_buffer_limit());
}

TEST_F(RequestParserTest, WhatIsAnnouncedIsNotYetBuffered) {
  Client client(&limits_);
  client.Send("*2\r\n$3\r\nSET\r\n$500000000\r\nabc");
  EXPECT_EQ(client.parser.buffered_bytes(), 28u);
  EXPECT_LE(client.parser.memory_bytes(), 4096u);
}

// ----------------------------------------------------------------------------------- big arguments

// Counts the blocks that are alive, and fails those above a size.
struct Blocks {
  static inline size_t alive;
  static inline size_t most_bytes;
  static void* Allocate(size_t size) {
    if (size > most_bytes) return nullptr;
    ++alive;
    return std::malloc(size);
  }
  static void Free(void* block, size_t) {
    --alive;
    std::free(block);
  }
};

class LargeArgumentTest : public RequestParserTest {
 protected:
  LargeArgumentTest() {
    Blocks::alive = 0;
    Blocks::most_bytes = ~size_t{0};
    limits_.allocate = Blocks::Allocate;
    limits_.free = Blocks::Free;
  }
  ~LargeArgumentTest() override { EXPECT_EQ(Blocks::alive, 0u); }

  // Sends until the parser gives a command.
  void SendOne(Client& client, std::string_view bytes, size_t piece) {
    while (client.parser.Next() != Status::kCommand) {
      ASSERT_FALSE(bytes.empty());
      client.Release();
      client.Read(&bytes, piece);
    }
  }
};

TEST_F(LargeArgumentTest, IsHandedOverWithoutACopy) {
  Client client(&limits_);
  const std::string value = std::string(100000, 'v') + "end";
  SendOne(client, Encode({"SET", "key", value, "NX"}), 10000);
  ASSERT_EQ(client.parser.args().size(), 4u);
  EXPECT_EQ(Blocks::alive, 1u);
  EXPECT_FALSE(client.parser.TakeLarge(1).has_value());
  EXPECT_FALSE(client.parser.TakeLarge(3).has_value());
  EXPECT_FALSE(client.parser.TakeLarge(4).has_value());

  const char* const bytes = client.parser.args()[2].data();
  std::optional<LargeBulk> large = client.parser.TakeLarge(2);
  ASSERT_TRUE(large.has_value());
  EXPECT_FALSE(client.parser.TakeLarge(2).has_value()) << "only once";
  EXPECT_LT(client.parser.buffered_bytes(), 100u) << "no longer the parser's";
  EXPECT_EQ(large->bytes(), bytes);
  EXPECT_EQ(large->view(), value);
  EXPECT_EQ(large->block_bytes(), kLargeBulkHeadroom + value.size() + 2);
  EXPECT_EQ(client.parser.args()[2], value) << "stays valid while the new owner keeps the block";
  EXPECT_EQ(client.parser.Next(), Status::kNeedMore);
  client.Release();

  const size_t block_bytes = large->block_bytes();
  void* const block = large->ReleaseBlock();
  EXPECT_EQ(static_cast<char*>(block) + kLargeBulkHeadroom, bytes);
  std::memset(block, 0xee, kLargeBulkHeadroom);
  EXPECT_EQ(std::string_view(bytes, value.size()), value);
  EXPECT_EQ(Blocks::alive, 1u);
  Blocks::Free(block, block_bytes);
}

TEST_F(LargeArgumentTest, SeveralInOneCommand) {
  Client client(&limits_);
  const Command command = {"MSET",
                           "a",
                           std::string(40000, '1'),
                           std::string(50000, '2'),
                           "b",
                           std::string(kLargeBulkMin, '3')};
  SendOne(client, Encode(command), 1000);
  EXPECT_EQ(Args(client.parser), command);
  EXPECT_EQ(Blocks::alive, 3u);
  EXPECT_EQ(client.parser.TakeLarge(5)->view(), command[5]);
  EXPECT_EQ(client.parser.TakeLarge(2)->view(), command[2]);
  EXPECT_FALSE(client.parser.TakeLarge(4).has_value());
  EXPECT_EQ(client.parser.TakeLarge(3)->view(), command[3]);
  EXPECT_EQ(client.parser.Next(), Status::kNeedMore);
  client.Release();
  EXPECT_EQ(client.parser.buffered_bytes(), 0u);
}

TEST_F(LargeArgumentTest, SmallOnesAndThoseHereWholeHaveNoBlock) {
  Client client(&limits_);
  SendOne(client, Encode({"SET", "key", std::string(kLargeBulkMin - 1, 'v')}), 1000);
  EXPECT_FALSE(client.parser.TakeLarge(2).has_value());
  SendOne(client, Encode({"SET", "key", std::string(kLargeBulkMin, 'v')}), ~size_t{0});
  EXPECT_FALSE(client.parser.TakeLarge(2).has_value());
  EXPECT_EQ(Blocks::alive, 0u);
}

TEST_F(LargeArgumentTest, IsFreedWhenNobodyTakesIt) {
  Client client(&limits_);
  client.Send(Encode({"SET", std::string(50000, 'v')}), 1000);
  EXPECT_EQ(client.commands.size(), 1u);
  EXPECT_EQ(Blocks::alive, 0u);
  // The second is freed although it never arrives.
  client.Send("*2\r\n$40000\r\n", 1000);
  EXPECT_EQ(Blocks::alive, 1u);
}

TEST_F(LargeArgumentTest, IsReadIntoItsBlockDirectly) {
  std::vector<char> scratch(1000);
  RequestParser parser(&limits_);
  std::string_view begun = "*1\r\n$40000\r\nabc";
  test::ReadInto(parser, scratch, &begun);
  EXPECT_EQ(parser.Next(), Status::kNeedMore);
  parser.Release();
  const std::span<char> target = parser.ReadTarget(scratch);
  EXPECT_EQ(target.size(), 40000u - 3 + 2);
  std::ranges::fill(target, 'x');
  parser.BytesRead(target.size());
  ASSERT_EQ(parser.Next(), Status::kCommand);
  EXPECT_EQ(parser.args()[0], "abc" + std::string(39997, 'x'));
  EXPECT_EQ(parser.args()[0].data() + 3, target.data());
}

// Announcing is free; only what comes is paid for.
TEST_F(LargeArgumentTest, ItsBlockGrowsWithWhatComes) {
  const std::string value = std::string(5'000'000, 'v') + "end";
  const std::string bytes = Encode({"SET", "key", value});
  Blocks::most_bytes = 400'000;
  {
    Client client(&limits_);
    EXPECT_EQ(client.Send(bytes.substr(0, 200'000), 1000), Status::kNeedMore);
    EXPECT_EQ(client.Send(bytes.substr(200'000, 200'000), 1000), Status::kError);
  }
  Blocks::most_bytes = ~size_t{0};
  Client client(&limits_);
  SendOne(client, bytes, 10'000);
  std::optional<LargeBulk> large = client.parser.TakeLarge(2);
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(large->view(), value);
  EXPECT_EQ(large->block_bytes(), kLargeBulkHeadroom + value.size() + 2);
}

TEST_F(LargeArgumentTest, NoMemoryIsAnError) {
  Blocks::most_bytes = 100000;
  Client client(&limits_);
  EXPECT_EQ(client.Send("*1\r\n$200000\r\n"), Status::kError);
  EXPECT_EQ(client.parser.error(),
            "Protocol error: not enough memory for an argument of this length");
}

}  // namespace
}  // namespace ebb
