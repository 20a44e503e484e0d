// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "storage/type_ops.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kWrongType =
    Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value");
const Reply kSyntaxError = Reply::Error("ERR syntax error");
const Reply kNotInteger = Reply::Error("ERR value is not an integer or out of range");

class StringCommandsTest : public EngineTest {
 protected:
  // As OBJECT ENCODING shows it.
  std::string EncodingOf(const std::string& key) {
    const Entry* entry = engine().db(0).Peek(key);
    if (entry == nullptr) return "";
    return std::string(OpsOf(entry->type()).encoding_name(*entry));
  }

  // Milliseconds that the key has to live; -1: for ever, -2: there is none.
  int64_t TimeToLive(const std::string& key) {
    const Entry* entry = engine().db(0).Peek(key);
    if (entry == nullptr) return -2;
    return entry->has_expire() ? entry->expire_ms() - engine().unix_ms() : -1;
  }

  // What the keyspace has told its observers since the last call.
  uint64_t Changes() {
    const uint64_t before = seen_changes_;
    seen_changes_ = engine().changes();
    return seen_changes_ - before;
  }

  void LimitStrings(uint64_t bytes) { config().mutable_values().proto_max_bulk_len_bytes = bytes; }

 private:
  uint64_t seen_changes_ = 0;
};

// -------------------------------------------------------------------------------- SET and its kin

TEST_F(StringCommandsTest, AnswersWhatWasSet) {
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"SET", "k", "v"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
  EXPECT_EQ(Run({"SET", "k", ""}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(""));
}

// Around each border: inline or not, taken over from the parser or copied, sent by reference.
TEST_F(StringCommandsTest, KeepsValuesOfEverySize) {
  for (const size_t size :
       {1, 44, 45, 1023, 1024, 1025, 16383, 16384, 32767, 32768, 100'000, 1'000'000}) {
    const std::string value(size, 'x');
    EXPECT_EQ(Run({"SET", "k", value}), Reply::Ok()) << size;
    EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(value)) << size;
    EXPECT_EQ(Run({"APPEND", "k", "y"}), Reply::Integer(static_cast<int64_t>(size) + 1)) << size;
    EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(value + "y")) << size;
  }
}

TEST_F(StringCommandsTest, ChoosesEncodings) {
  const auto encoding_of = [&](const std::string& value) {
    Run({"SET", "k", value});
    return EncodingOf("k");
  };
  EXPECT_EQ(encoding_of("0"), "int");
  EXPECT_EQ(encoding_of("-9223372036854775808"), "int");
  EXPECT_EQ(encoding_of("9223372036854775808"), "embstr");
  EXPECT_EQ(encoding_of("01"), "embstr");
  EXPECT_EQ(encoding_of("-0"), "embstr");
  EXPECT_EQ(encoding_of(""), "embstr");
  EXPECT_EQ(encoding_of(std::string(44, 'x')), "embstr");
  EXPECT_EQ(encoding_of(std::string(45, 'x')), "raw");
}

TEST_F(StringCommandsTest, SetsOnlyUnderItsCondition) {
  EXPECT_EQ(Run({"SET", "k", "1", "XX"}), Reply::Nil());
  EXPECT_EQ(Run({"SET", "k", "1", "NX"}), Reply::Ok());
  EXPECT_EQ(Run({"SET", "k", "2", "NX"}), Reply::Nil());
  EXPECT_EQ(Run({"SET", "k", "2", "XX"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("2"));
  EXPECT_EQ(Run({"SETNX", "k", "3"}), Reply::Integer(0));
  EXPECT_EQ(Run({"SETNX", "n", "3"}), Reply::Integer(1));
}

TEST_F(StringCommandsTest, AnswersTheOldValueOnTheWay) {
  EXPECT_EQ(Run({"SET", "k", "1", "GET"}), Reply::Nil());
  EXPECT_EQ(Run({"SET", "k", "2", "GET"}), Reply::Bulk("1"));
  EXPECT_EQ(Run({"SET", "k", "3", "NX", "GET"}), Reply::Bulk("2"));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("2"));
  EXPECT_EQ(Run({"SET", "n", "3", "XX", "GET"}), Reply::Nil());
  EXPECT_EQ(Run({"GET", "n"}), Reply::Nil());
  EXPECT_EQ(Run({"GETSET", "k", "4"}), Reply::Bulk("2"));
  EXPECT_EQ(Run({"GETSET", "n", "5"}), Reply::Nil());
  EXPECT_EQ(Run({"GETDEL", "n"}), Reply::Bulk("5"));
  EXPECT_EQ(Run({"GETDEL", "n"}), Reply::Nil());
}

// The reply refers to a value that the same command frees or replaces.
TEST_F(StringCommandsTest, AnswersLongOldValues) {
  const std::string value(200'000, 'v');
  Run({"SET", "k", value});
  EXPECT_EQ(Run({"GETSET", "k", value + "2"}), Reply::Bulk(value));
  EXPECT_EQ(Run({"GETDEL", "k"}), Reply::Bulk(value + "2"));
  Run({"SET", "k", value});
  client().Send("GETRANGE k 0 150000\r\nSETRANGE k 0 changed\r\nGET k\r\n");
  EXPECT_EQ(client().Receive(), Reply::Bulk(value.substr(0, 150'001)));
  EXPECT_EQ(client().Receive(), Reply::Integer(200'000));
  EXPECT_EQ(client().Receive(), Reply::Bulk("changed" + value.substr(7)));
}

TEST_F(StringCommandsTest, SetsTimesToLive) {
  const int64_t now = engine().unix_ms();
  Run({"SET", "k", "v", "EX", "10"});
  EXPECT_EQ(TimeToLive("k"), 10'000);
  Run({"SET", "k", "v", "px", "10"});
  EXPECT_EQ(TimeToLive("k"), 10);
  Run({"SET", "k", "v", "EXAT", std::to_string(now / 1000 + 5)});
  EXPECT_EQ(TimeToLive("k"), 5000);
  Run({"SET", "k", "v", "PXAT", std::to_string(now + 7)});
  EXPECT_EQ(TimeToLive("k"), 7);
  Run({"SET", "k", "w", "KEEPTTL"});
  EXPECT_EQ(TimeToLive("k"), 7);
  Run({"SET", "k", "w"});
  EXPECT_EQ(TimeToLive("k"), -1);
  Run({"SETEX", "k", "3", "v"});
  EXPECT_EQ(TimeToLive("k"), 3000);
  Run({"PSETEX", "k", "3", "v"});
  EXPECT_EQ(TimeToLive("k"), 3);
  AdvanceTime(2);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
  AdvanceTime(1);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"SET", "k", "v", "PXAT", "1"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
}

TEST_F(StringCommandsTest, RefusesWrongOptions) {
  const auto set = [&](const std::vector<std::string>& options) {
    std::vector<std::string> argv{"SET", "k", "v"};
    argv.insert(argv.end(), options.begin(), options.end());
    return Run(argv);
  };
  EXPECT_EQ(set({"NX", "XX"}), kSyntaxError);
  EXPECT_EQ(set({"EX"}), kSyntaxError);
  EXPECT_EQ(set({"EX", "1", "PX", "1"}), kSyntaxError);
  EXPECT_EQ(set({"EX", "1", "KEEPTTL"}), kSyntaxError);
  EXPECT_EQ(set({"KEEPTTL", "EX", "1"}), kSyntaxError);
  EXPECT_EQ(set({"PERSIST"}), kSyntaxError);
  EXPECT_EQ(set({"EX", "x", "NX", "XX"}), kSyntaxError);
  EXPECT_EQ(set({"EX", "x"}), kNotInteger);
  const Reply invalid = Reply::Error("ERR invalid expire time in 'set' command");
  EXPECT_EQ(set({"EX", "0"}), invalid);
  EXPECT_EQ(set({"PX", "-1"}), invalid);
  EXPECT_EQ(set({"EX", "9223372036854775807"}), invalid);
  EXPECT_EQ(set({"PX", "9223372036854775807"}), invalid);
  EXPECT_EQ(Run({"SETEX", "k", "0", "v"}),
            Reply::Error("ERR invalid expire time in 'setex' command"));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  // The same word again replaces what it said before.
  EXPECT_EQ(set({"EX", "x", "EX", "1"}), Reply::Ok());
  EXPECT_EQ(TimeToLive("k"), 1000);
}

TEST_F(StringCommandsTest, GetExChangesTheTimeToLive) {
  EXPECT_EQ(Run({"GETEX", "k", "EX", "0"}), Reply::Nil());
  Run({"SET", "k", "v"});
  Changes();
  EXPECT_EQ(Run({"GETEX", "k"}), Reply::Bulk("v"));
  EXPECT_EQ(Run({"GETEX", "k", "PERSIST"}), Reply::Bulk("v"));
  EXPECT_EQ(Changes(), 0u);
  EXPECT_EQ(Run({"GETEX", "k", "PX", "50"}), Reply::Bulk("v"));
  EXPECT_EQ(TimeToLive("k"), 50);
  EXPECT_EQ(Run({"GETEX", "k"}), Reply::Bulk("v"));
  EXPECT_EQ(TimeToLive("k"), 50);
  EXPECT_EQ(Run({"GETEX", "k", "PERSIST"}), Reply::Bulk("v"));
  EXPECT_EQ(TimeToLive("k"), -1);
  EXPECT_EQ(Changes(), 2u);
  EXPECT_EQ(Run({"GETEX", "k", "EX", "0"}),
            Reply::Error("ERR invalid expire time in 'getex' command"));
  EXPECT_EQ(Run({"GETEX", "k", "EX", "1", "PERSIST"}), kSyntaxError);
  EXPECT_EQ(Run({"GETEX", "k", "PERSIST", "EX", "1"}), kSyntaxError);
  EXPECT_EQ(Run({"GETEX", "k", "KEEPTTL"}), kSyntaxError);
  EXPECT_EQ(Run({"GETEX", "k", "PXAT", "1"}), Reply::Bulk("v"));
  EXPECT_EQ(TimeToLive("k"), -2);
}

TEST_F(StringCommandsTest, SetsAndGetsMany) {
  EXPECT_EQ(Run({"MSET", "a", "1", "b", "2", "a", "3"}), Reply::Ok());
  EXPECT_EQ(Run({"MGET", "a", "n", "b"}),
            Reply::Array({Reply::Bulk("3"), Reply::Nil(), Reply::Bulk("2")}));
  EXPECT_EQ(Run({"MSETNX", "c", "1", "b", "4"}), Reply::Integer(0));
  EXPECT_EQ(Run({"MSETNX", "c", "1", "d", "4"}), Reply::Integer(1));
  EXPECT_EQ(Run({"MGET", "b", "c", "d"}), Reply::Bulks({"2", "1", "4"}));
  EXPECT_EQ(Run({"MSET", "a", "1", "b"}),
            Reply::Error("ERR wrong number of arguments for 'mset' command"));
  EXPECT_EQ(Run({"MSETNX", "a", "1", "b"}),
            Reply::Error("ERR wrong number of arguments for 'msetnx' command"));
}

TEST_F(StringCommandsTest, CountsHitsAndMisses) {
  const auto count = [&](const std::vector<std::string>& argv) {
    const KeyspaceCounters before = engine().keyspace_counters();
    Run(argv);
    const KeyspaceCounters& after = engine().keyspace_counters();
    return std::pair(after.hits - before.hits, after.misses - before.misses);
  };
  const std::pair<uint64_t, uint64_t> hit(1, 0), miss(0, 1), none(0, 0);
  EXPECT_EQ(count({"GET", "k"}), miss);
  EXPECT_EQ(count({"SET", "k", "1", "GET"}), miss);
  EXPECT_EQ(count({"SET", "k", "1"}), none);
  EXPECT_EQ(count({"GETEX", "k"}), hit);
  EXPECT_EQ(count({"GETSET", "k", "2"}), hit);
  EXPECT_EQ(count({"INCR", "k"}), none);
  EXPECT_EQ(count({"MGET", "k", "n", "k"}), std::pair(uint64_t{2}, uint64_t{1}));
  EXPECT_EQ(count({"GETDEL", "k"}), hit);
  EXPECT_EQ(count({"GETDEL", "k"}), miss);
}

// ------------------------------------------------------------------------------------------ bytes

TEST_F(StringCommandsTest, Appends) {
  EXPECT_EQ(Run({"APPEND", "k", "12"}), Reply::Integer(2));
  EXPECT_EQ(EncodingOf("k"), "int");
  EXPECT_EQ(Run({"APPEND", "k", "3"}), Reply::Integer(3));
  EXPECT_EQ(EncodingOf("k"), "raw");
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("123"));
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Integer(124));
  EXPECT_EQ(Run({"APPEND", "k", ""}), Reply::Integer(3));
  EXPECT_EQ(EncodingOf("k"), "raw");
  EXPECT_EQ(Run({"STRLEN", "k"}), Reply::Integer(3));
  EXPECT_EQ(Run({"STRLEN", "n"}), Reply::Integer(0));
}

TEST_F(StringCommandsTest, AppendKeepsTheTimeToLive) {
  Run({"SET", "k", std::string(2000, 'x'), "EX", "10"});
  EXPECT_EQ(Run({"APPEND", "k", "y"}), Reply::Integer(2001));
  EXPECT_EQ(TimeToLive("k"), 10'000);
}

TEST_F(StringCommandsTest, SetsRanges) {
  EXPECT_EQ(Run({"SETRANGE", "k", "3", "x"}), Reply::Integer(4));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(std::string("\0\0\0x", 4)));
  EXPECT_EQ(Run({"SETRANGE", "k", "0", "abcdef"}), Reply::Integer(6));
  EXPECT_EQ(Run({"SETRANGE", "k", "1", "X"}), Reply::Integer(6));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("aXcdef"));
  EXPECT_EQ(Run({"SETRANGE", "k", "-1", "x"}), Reply::Error("ERR offset is out of range"));
  EXPECT_EQ(Run({"SETRANGE", "k", "x", "x"}), kNotInteger);
  Changes();
  EXPECT_EQ(Run({"SETRANGE", "k", "99999999999", ""}), Reply::Integer(6));
  EXPECT_EQ(Run({"SETRANGE", "n", "5", ""}), Reply::Integer(0));
  EXPECT_EQ(TimeToLive("n"), -2);
  EXPECT_EQ(Changes(), 0u);
  Run({"SET", "i", "12345"});
  EXPECT_EQ(Run({"SETRANGE", "i", "1", "x"}), Reply::Integer(5));
  EXPECT_EQ(Run({"GET", "i"}), Reply::Bulk("1x345"));
}

TEST_F(StringCommandsTest, GetsRanges) {
  Run({"SET", "k", "0x23456789"});
  const auto range = [&](const std::string& start, const std::string& end) {
    const Reply reply = Run({"GETRANGE", "k", start, end});
    EXPECT_EQ(Run({"SUBSTR", "k", start, end}), reply);
    EXPECT_EQ(reply.kind, Reply::Kind::kBulk);
    return reply.text;
  };
  EXPECT_EQ(range("0", "-1"), "0x23456789");
  EXPECT_EQ(range("1", "2"), "x2");
  EXPECT_EQ(range("-3", "-2"), "78");
  EXPECT_EQ(range("-2", "-3"), "");
  EXPECT_EQ(range("5", "4"), "");
  EXPECT_EQ(range("8", "100"), "89");
  EXPECT_EQ(range("10", "11"), "");
  EXPECT_EQ(range("-100", "1"), "0x");
  EXPECT_EQ(range("0", "-100"), "0");
  EXPECT_EQ(range("-100", "-101"), "");
  EXPECT_EQ(Run({"GETRANGE", "n", "0", "-1"}), Reply::Bulk(""));
  EXPECT_EQ(Run({"GETRANGE", "n", "0", "x"}), kNotInteger);
  Run({"SET", "k", "-1234"});
  EXPECT_EQ(range("0", "1"), "-1");
}

TEST_F(StringCommandsTest, LimitsLengths) {
  const Reply too_long =
      Reply::Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  LimitStrings(100);
  EXPECT_EQ(Run({"SETRANGE", "k", "100", "x"}), too_long);
  EXPECT_EQ(Run({"SETRANGE", "k", "9223372036854775807", "x"}), too_long);
  EXPECT_EQ(TimeToLive("k"), -2);
  EXPECT_EQ(Run({"SETRANGE", "k", "99", "x"}), Reply::Integer(100));
  EXPECT_EQ(Run({"APPEND", "k", "x"}), too_long);
  EXPECT_EQ(Run({"APPEND", "k", ""}), Reply::Integer(100));
}

TEST_F(StringCommandsTest, TellsObserversOncePerEvent) {
  Changes();
  const auto changes = [&](const std::vector<std::string>& argv) {
    EXPECT_NE(Run(argv).kind, Reply::Kind::kError);
    return Changes();
  };
  EXPECT_EQ(changes({"SET", "k", "v"}), 1u);
  EXPECT_EQ(changes({"SET", "k", "v", "NX"}), 0u);
  EXPECT_EQ(changes({"MSET", "k", "v", "l", "w"}), 2u);
  EXPECT_EQ(changes({"MSETNX", "k", "v", "m", "w"}), 0u);
  EXPECT_EQ(changes({"APPEND", "k", "v"}), 1u);
  EXPECT_EQ(changes({"SETRANGE", "k", "0", "v"}), 1u);
  EXPECT_EQ(changes({"GET", "k"}), 0u);
  EXPECT_EQ(changes({"GETDEL", "k"}), 1u);
  EXPECT_EQ(changes({"GETDEL", "k"}), 0u);
}

}  // namespace
}  // namespace ebb::test
