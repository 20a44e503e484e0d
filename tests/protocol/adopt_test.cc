// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/peek.h"
#include "protocol/request_parser.h"
#include "tests/support/encode.h"
#include "tests/support/read_into.h"

// Commands that were cut ahead, and the parser that takes them over.
namespace ebb {
namespace {

using test::Encode;
using Status = RequestParser::Status;
using Command = std::vector<std::string>;

Command Args(const RequestParser& parser) {
  return {parser.args().begin(), parser.args().end()};
}

// Has the parser adopt what can be peeked at; with `unread`, every third command is not run at
// first.
class AdoptingClient {
 public:
  AdoptingClient(const ParserLimits* limits, bool unread) : parser_(limits), unread_(unread) {}

  Status Send(std::string_view bytes, size_t piece) {
    Status status = Status::kNeedMore;
    while (!bytes.empty()) {
      test::ReadInto(parser_, scratch_, &bytes, piece);
      while ((status = Next()) == Status::kCommand) Take();
      parser_.Release();
      std::ranges::fill(scratch_, '#');
    }
    return status;
  }

  std::vector<Command> commands;
  size_t adopted = 0;

 private:
  Status Next() {
    std::string_view unparsed = parser_.unparsed();
    const size_t before = unparsed.size();
    const size_t count = PeekCommand(&unparsed, args_);
    if (count == 0 || count > args_.size()) return parser_.Next();
    EXPECT_TRUE(parser_.Adopt(std::span(args_).first(count), before - unparsed.size()));
    ++adopted;
    return Status::kCommand;
  }

  void Take() {
    if (unread_ && ++taken_ % 3 == 0) {
      parser_.Unread();
      std::ranges::fill(args_, "gone");
      EXPECT_TRUE(parser_.unparsed().empty());
      if (taken_ % 2 == 0) parser_.Release();
      EXPECT_EQ(parser_.Next(), Status::kCommand);
    }
    commands.push_back(Args(parser_));
  }

  RequestParser parser_;
  const bool unread_;
  size_t taken_ = 0;
  std::array<std::string_view, 4> args_;
  std::vector<char> scratch_ = std::vector<char>(1000);
};

TEST(AdoptTest, AdoptIsAsNext) {
  const ParserLimits limits;
  const std::vector<Command> commands = {{"GET", "k"},     {"PING"},
                                         {"in", "line"},   {"SET", "key", std::string(2000, 'v')},
                                         {"GET", ""},      {"RPUSH", "l", "1", "2", "3", "4", "5"},
                                         {"SET", "k", "v"}};
  std::string bytes;
  for (int round = 0; round < 20; ++round) {
    for (const Command& command : commands) {
      bytes += command[0] == "in" ? "in line\r\n" : Encode(command);
    }
  }
  for (const bool unread : {false, true}) {
    for (size_t piece = 1; piece < 1000; piece += piece < 80 ? 1 : 97) {
      AdoptingClient client(&limits, unread);
      EXPECT_EQ(client.Send(bytes, piece), Status::kNeedMore);
      ASSERT_EQ(client.commands.size(), 20 * commands.size()) << piece;
      for (size_t i = 0; i < client.commands.size(); ++i) {
        ASSERT_EQ(client.commands[i], commands[i % commands.size()]) << i << " by " << piece;
      }
      if (piece > 100) {
        EXPECT_GT(client.adopted, 20u);
      }
    }
  }
}

TEST(AdoptTest, WhoHasNotAuthenticatedIsReadByTheParserAlone) {
  const ParserLimits limits;
  RequestParser parser(&limits);
  parser.set_authenticated(false);
  std::vector<char> scratch(1000);
  const std::string bytes = Encode({"GET", "k"});
  std::string_view sent = bytes;
  test::ReadInto(parser, scratch, &sent);
  std::array<std::string_view, 2> args;
  std::string_view unparsed = parser.unparsed();
  ASSERT_EQ(PeekCommand(&unparsed, args), 2u);
  EXPECT_FALSE(parser.Adopt(args, bytes.size()));
  EXPECT_EQ(parser.Next(), Status::kCommand);
  EXPECT_EQ(Args(parser), (Command{"GET", "k"}));
}

}  // namespace
}  // namespace ebb
