// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/talk.h"

#include <string_view>

#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kLengths[] = {
    "0",
    "-1",
    "-2",
    "1",
    "+1",
    " 1",
    "1 ",
    "01",
    "007",
    "",
    "abc",
    "1a",
    "2",
    "3",
    "5",
    "10",
    "1024",
    "1048576",
    "1048577",
    "536870912",
    "536870913",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1.0",
    "0x1",
};

constexpr std::string_view kLines[] = {
    "",
    " ",
    "PING",
    "ping  ",
    "  PING",
    "PING\tabc",
    "\tPING",
    "SET a b",
    "SET a \"b c\"",
    "SET a 'b c'",
    "GET a",
    "SET a \"b",
    "SET a 'b",
    "SET a \"b\"c",
    "SET a 'b'c",
    "SET a b\"c\"",
    R"(ECHO "\x41\n\r\t\a\b\\\q")",
    R"(ECHO '\x41\'\n')",
    R"(ECHO "\x4")",
    R"(ECHO "\xZZ")",
    R"(ECHO a\nb)",
    "ECHO ''",
    "ECHO \"\"",
    "\"PING\"",
    "'GET' 'a'",
    "\"\"",
    "''",
    "NOSUCH a b",
    "PI\0NG"sv,
    "ECHO a\0b"sv,
    "\0"sv,
    "\xff\xfe",
    "$1",
    ":1",
    "+OK",
    "-ERR",
    "$-1",
    "%1",
    "~1",
    "*",
    "*0",
    "*-1",
    "*1",
    "*abc",
    "*-10",
    "*2",
    "*+1",
    "* 1",
    "*1048577",
    "*9223372036854775808",
    "*\0"sv,
    "GET  a   ",
};

constexpr std::string_view kEnds[] = {"\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\r\n", ""};

Argv AnyCommand(Random& random) {
  switch (random.Below(6)) {
    case 0:
      return {"SET", "a", std::string(random.Below(40), 'v')};
    case 1:
      return {"GET", "a"};
    case 2:
      return {"ECHO", "data\r\n*1"};
    case 3:
      return {"INCR", "n"};
    case 4:
      return {"STRLEN", "a", "b"};
    default:
      return {"PING"};
  }
}

// The request with one of its lengths changed: the array's, or that of one of its bulk strings.
std::string WithOddLength(Random& random, std::string bytes) {
  const char mark = random.Chance(0.4) ? '*' : '$';
  size_t at = bytes.find(mark);
  if (mark == '$' && random.Chance(0.5)) {
    const size_t next = bytes.find(mark, at + 1);
    if (next != std::string::npos) at = next;
  }
  const size_t end = bytes.find("\r\n", at);
  return bytes.replace(at + 1, end - at - 1, random.Pick(kLengths));
}

std::string Damaged(Random& random, std::string bytes) {
  const size_t at = random.Below(bytes.size());
  switch (random.Below(5)) {
    case 0:
      return bytes.substr(0, at);
    case 1:
      return bytes.erase(at, 1);
    case 2:
      return bytes.insert(at, 1, static_cast<char>(random.Below(256)));
    case 3:
      bytes[at] = static_cast<char>(random.Below(256));
      return bytes;
    default:
      return bytes.insert(at, "\r\n");
  }
}

std::string Line(Random& random) {
  std::string line(random.Pick(kLines));
  line += random.Pick(kEnds);
  return line;
}

// Nearly the longest line that is taken. Not longer: the reference server looks at what happens to
// have arrived.
std::string LongLine() {
  return std::string(65000, 'x') + "\r\n";
}

std::string Piece(Random& random) {
  const size_t dice = random.Below(100);
  if (dice < 35) return WithOddLength(random, EncodeCommand(AnyCommand(random)));
  if (dice < 50) return Damaged(random, EncodeCommand(AnyCommand(random)));
  if (dice < 80) return Line(random);
  if (dice < 83) return LongLine();
  return EncodeCommand(AnyCommand(random));
}

// A conversation of a client that subscribes and unsubscribes, and tries what it may say meanwhile.
// Nobody publishes to what it is subscribed to: to oneself, messages come at different times.
class SubscriberTalk {
 public:
  // In some talks no more than one name of each kind is there, so that all can be ended at once in
  // but one order.
  explicit SubscriberTalk(Random& random) : random_(random), one_name_(random.Chance(0.5)) {}

  Argv Next() {
    switch (random_.Below(7)) {
      case 0:
      case 1:
        return Named({random_.Pick(kSubscribing)});
      case 2:
      case 3:
        return one_name_ && random_.Chance(0.5) ? Argv{random_.Pick(kUnsubscribing)}
                                                : Named({random_.Pick(kUnsubscribing)});
      default:
        return random_.Pick(kOthers);
    }
  }

 private:
  Argv Named(Argv argv) {
    for (size_t count = 1 + random_.Below(3); count > 0; --count) {
      argv.push_back(one_name_ ? "a" : random_.Pick(kNames));
    }
    return argv;
  }

  inline static const std::vector<std::string> kNames = {"a", "b", "c", "", "a*"};
  inline static const std::vector<std::string> kSubscribing = {"SUBSCRIBE", "PSUBSCRIBE",
                                                               "ssubscribe"};
  inline static const std::vector<std::string> kUnsubscribing = {"UNSUBSCRIBE", "punsubscribe",
                                                                 "SUNSUBSCRIBE"};
  inline static const std::vector<Argv> kOthers = {
      {"PING"},
      {"PING", "text"},
      {"PING", "too", "many"},
      {"GET", "nosuch"},
      {"CONFIG", "GET", "nosuch"},
      {"CONFIG"},
      {"NOSUCH"},
      {"SUBSCRIBE"},
      {"HELLO", "4"},
      {"MULTI"},
      {"EXEC"},
      {"DISCARD"},
      {"RESET"},
      {"QUIT"},
      {"CLIENT", "REPLY", "OFF"},
      {"CLIENT", "REPLY", "SKIP"},
      {"CLIENT", "REPLY", "ON"},
      {"PUBLISH", "nobody", "message"},
      {"SPUBLISH", "nobody", "message"},
      {"PUBSUB", "NUMSUB", "a", "b", "nobody"},
      {"PUBSUB", "SHARDNUMSUB", "a"},
      {"PUBSUB", "NUMPAT"},
      {"PUBSUB", "CHANNELS", "b"},
  };

  Random& random_;
  const bool one_name_;
};

std::vector<std::string> MakeSubscriberTalk(Random& random) {
  std::vector<std::string> pieces;
  if (random.Chance(0.5)) {
    // Its reply says what each server is.
    pieces.push_back(EncodeCommand({"CLIENT", "REPLY", "SKIP"}) + EncodeCommand({"HELLO", "3"}));
  }
  SubscriberTalk talk(random);
  for (size_t count = 1 + random.Below(20); count > 0; --count) {
    pieces.push_back(EncodeCommand(talk.Next()));
  }
  return pieces;
}

}  // namespace

std::vector<std::string> MakeTalk(Random& random) {
  if (random.Chance(0.2)) return MakeSubscriberTalk(random);
  // What an earlier talk left must not matter.
  std::vector<std::string> pieces = {EncodeCommand({"DEL", "a", "n"})};
  if (random.Chance(0.5)) pieces.push_back(EncodeCommand(AnyCommand(random)));
  for (size_t count = 1 + random.Below(3); count > 0; --count) pieces.push_back(Piece(random));
  pieces.push_back(EncodeCommand({"PING", "end"}));
  return pieces;
}

}  // namespace ebb::oracle
