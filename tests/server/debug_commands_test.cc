// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "storage/memory/allocator.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class DebugCommandsTest : public EngineTest {
 protected:
  DebugCommandsTest() { AllowDebug(); }

  std::string Digest() { return Run({"DEBUG", "DIGEST"}).text; }
};

TEST_F(DebugCommandsTest, NeedsTheConfigurationsLeave) {
  AllowDebug("no");
  EXPECT_TRUE(Run({"DEBUG", "SLEEP", "0"}).IsError("ERR DEBUG command not allowed."));
  AllowDebug("local");
  EXPECT_EQ(Run({"DEBUG", "SLEEP", "0"}), Reply::Ok());
  client().session().is_loopback = false;
  EXPECT_TRUE(Run({"DEBUG", "SLEEP", "0"}).IsError("ERR DEBUG command not allowed."));
}

// What redis-server 7.0.15 answers for the same data.
TEST_F(DebugCommandsTest, TheDigestIsThatOfRedis) {
  EXPECT_EQ(Digest(), std::string(40, '0'));
  Run({"SET", "text", "hello"});
  EXPECT_EQ(Digest(), "1c636bd6892ee3583fee4f2a4b57b6aff15ec86b");
  Run({"SET", "number", "12345"});
  EXPECT_EQ(Digest(), "e9fc95e5393750f1d44ebd768381dcf7e07c279f");
  Run({"SET", "", std::string(2000, 'v'), "EX", "100"});
  EXPECT_EQ(Digest(), "9c3a05cd33dc69b2c639ffa59672cb350b529394");
  Run({"COPY", "text", "copy", "DB", "9"});
  EXPECT_EQ(Digest(), "f40f8c734e6df95b92a454ff6f0f26a3cb0590ce");
  EXPECT_EQ(Run({"DEBUG", "DIGEST-VALUE", "text", "number", "", "none"}),
            Reply::Array({Reply::Status("36b23a1456b2dce2c3ed252c456761301dba8060"),
                          Reply::Status("e1cf90774e995ae03de66e8109dc5cb9d9c2dc83"),
                          Reply::Status("4420b2a04590850e3b773c0c8219b9a1f9073290"),
                          Reply::Status(std::string(40, '0'))}));
}

TEST_F(DebugCommandsTest, TheDigestKnowsContentNotEncodingOrHistory) {
  Run({"SET", "a", "12345"});
  Run({"SET", "b", "x"});
  const std::string digest = Digest();
  Run({"FLUSHALL"});
  Run({"APPEND", "b", "x"});
  Run({"APPEND", "a", "123"});
  Run({"APPEND", "a", "45"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "a"}), Reply::Bulk("raw"));
  EXPECT_EQ(Digest(), digest);
  Run({"EXPIRE", "a", "100"});
  EXPECT_NE(Digest(), digest);
}

TEST_F(DebugCommandsTest, PopulateMakesKeysThatAreNotThere) {
  Run({"SET", "key:1", "mine"});
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "3"}), Reply::Ok());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(3));
  EXPECT_EQ(Run({"GET", "key:1"}), Reply::Bulk("mine"));
  EXPECT_EQ(Run({"GET", "key:2"}), Reply::Bulk("value:2"));
}

TEST_F(DebugCommandsTest, PopulateTakesPrefixAndSize) {
  Run({"DEBUG", "POPULATE", "2", "cut", "3"});
  EXPECT_EQ(Run({"GET", "cut:1"}), Reply::Bulk("val"));
  Run({"DEBUG", "POPULATE", "2", "fill", "10"});
  EXPECT_EQ(Run({"GET", "fill:1"}), Reply::Bulk(std::string("value:1\0\0\0", 10)));
  Run({"DEBUG", "POPULATE", "2", "whole", "0"});
  EXPECT_EQ(Run({"GET", "whole:1"}), Reply::Bulk("value:1"));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "-1"}),
            Reply::Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "1", "p", "x"}),
            Reply::Error("ERR value is out of range, must be positive"));
  EXPECT_TRUE(Run({"DEBUG", "POPULATE", "1", "p", "99999999999"}).IsError("ERR string exceeds"));
}

TEST_F(DebugCommandsTest, ProtocolShowsEachTypeInBothProtocols) {
  struct Sample {
    const char* type;
    const char* in_resp2;
    const char* in_resp3;
  };
  const Sample samples[] = {
      {"integer", ":12345\r\n", ":12345\r\n"},
      {"double", "$5\r\n3.141\r\n", ",3.141\r\n"},
      {"NULL", "$-1\r\n", "_\r\n"},
      {"set", "*3\r\n:0\r\n:1\r\n:2\r\n", "~3\r\n:0\r\n:1\r\n:2\r\n"},
      {"map", "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
       "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"},
      {"attrib", "$39\r\nSome real reply following the attribute\r\n",
       "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
       "$39\r\nSome real reply following the attribute\r\n"},
      {"push", "-ERR RESP2 is not supported by this command\r\n",
       ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n"
       "$40\r\nSome real reply following the push reply\r\n"},
      {"verbatim", "$25\r\nThis is a verbatim\nstring\r\n",
       "=29\r\ntxt:This is a verbatim\nstring\r\n"},
      {"true", ":1\r\n", "#t\r\n"},
      {"false", ":0\r\n", "#f\r\n"},
  };
  for (const Sample& sample : samples) {
    client().session().reply.set_protocol(2);
    EXPECT_EQ(client().RunRaw({"DEBUG", "PROTOCOL", sample.type}), sample.in_resp2);
    client().session().reply.set_protocol(3);
    EXPECT_EQ(client().RunRaw({"DEBUG", "PROTOCOL", sample.type}), sample.in_resp3);
  }
  client().session().reply.set_protocol(2);
  EXPECT_EQ(Run({"DEBUG", "PROTOCOL", "foo"}),
            Reply::Error("ERR Wrong protocol type name. Please use one of the following: "
                         "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|"
                         "true|false"));
}

TEST_F(DebugCommandsTest, SetActiveExpireStopsAndStartsTheCycle) {
  Run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(1000);
  engine().cron().RunSlice();
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(1));
  Run({"DEBUG", "SET-ACTIVE-EXPIRE", "1"});
  engine().cron().RunSlice();
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
}

TEST_F(DebugCommandsTest, QuicklistPackedThresholdGivesElementsNodesOfTheirOwn) {
  const auto size_of_list = [this] {
    std::vector<std::string> push = {"RPUSH", "l"};
    push.resize(2 + 2000, "bbbbb");
    Run({"DEL", "l"});
    Run(push);
    return Run({"MEMORY", "USAGE", "l"}).integer;
  };
  const int64_t packed = size_of_list();
  EXPECT_EQ(Run({"DEBUG", "QUICKLIST-PACKED-THRESHOLD", "5b"}), Reply::Ok());
  EXPECT_GT(size_of_list(), 2 * packed) << "each has a node";
  EXPECT_EQ(Run({"DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0"}), Reply::Ok());
  EXPECT_EQ(size_of_list(), packed);
  for (const char* wrong : {"x", "-1", "4gb"}) {
    EXPECT_EQ(
        Run({"DEBUG", "QUICKLIST-PACKED-THRESHOLD", wrong}),
        Reply::Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb"));
  }
}

TEST_F(DebugCommandsTest, ConfigRewriteForceAllNeedsAFile) {
  EXPECT_EQ(Run({"DEBUG", "CONFIG-REWRITE-FORCE-ALL"}),
            Reply::Error("ERR The server is running without a config file"));
}

TEST_F(DebugCommandsTest, MallctlReadsAndSets) {
  const Reply none = Reply::Error("ERR No such file or directory");
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "nosuch"}), none);
  EXPECT_EQ(Run({"DEBUG", "MALLCTL-STR", "nosuch"}), none);
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "arenas.page", "x"}),
            Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"DEBUG", "MALLCTL-STR", "opt.dss", "primary"}),
            Reply::Error("ERR no other value than VOID can be set"));
  if (!memory::Name().starts_with("jemalloc")) GTEST_SKIP() << "built without jemalloc";
  EXPECT_GE(Run({"DEBUG", "MALLCTL", "arenas.page"}).integer, 4096);
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "arenas.page", "1"}),
            Reply::Error("ERR Operation not permitted"));
  const int64_t decay = Run({"DEBUG", "MALLCTL", "arenas.dirty_decay_ms"}).integer;
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "arenas.dirty_decay_ms", "77"}), Reply::Integer(decay));
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "arenas.dirty_decay_ms", std::to_string(decay)}),
            Reply::Integer(77));
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "thread.tcache.enabled"}), Reply::Integer(1)) << "one byte";
  EXPECT_NE(Run({"DEBUG", "MALLCTL-STR", "version"}).text, "");
  EXPECT_EQ(Run({"DEBUG", "MALLCTL-STR", "epoch"}), Reply::Error("ERR Invalid argument"))
      << "a number is no address of a text";
  EXPECT_EQ(Run({"DEBUG", "MALLCTL-STR", "thread.tcache.flush", "VOID"}), Reply::Ok());
}

TEST_F(DebugCommandsTest, PauseCronStopsAndStartsTheRegularWork) {
  EXPECT_EQ(Run({"DEBUG", "PAUSE-CRON", "1"}), Reply::Status("OK"));
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(1000);
  engine().cron().Run();
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(1));
  EXPECT_EQ(Run({"DEBUG", "PAUSE-CRON", "0"}), Reply::Status("OK"));
  engine().cron().Run();
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
}

TEST_F(DebugCommandsTest, ObjectLooksWithoutTouching) {
  Run({"SET", "k", "v", "PX", "3000"});
  AdvanceTime(2000);
  const std::string shown = Run({"DEBUG", "OBJECT", "k"}).text;
  EXPECT_NE(shown.find(" refcount:1 encoding:embstr "), std::string::npos) << shown;
  EXPECT_NE(shown.find(" lru_seconds_idle:2"), std::string::npos) << shown;
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(2));
  EXPECT_EQ(Run({"DEBUG", "OBJECT", "none"}), Reply::Error("ERR no such key"));
  AdvanceTime(2000);
  EXPECT_EQ(Run({"DEBUG", "OBJECT", "k"}).kind, Reply::Kind::kStatus);
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(1));
}

TEST_F(DebugCommandsTest, HtStatsDescribesATable) {
  Run({"DEBUG", "POPULATE", "1000"});
  const std::string shown = Run({"DEBUG", "HTSTATS", "0"}).text;
  EXPECT_NE(shown.find("number of elements: 1000\n"), std::string::npos) << shown;
  EXPECT_EQ(Run({"DEBUG", "HTSTATS", "16"}), Reply::Error("ERR Out of range database"));
  EXPECT_EQ(Run({"DEBUG", "HTSTATS-KEY", "none"}), Reply::Error("ERR no such key"));
  EXPECT_TRUE(Run({"DEBUG", "HTSTATS-KEY", "key:1"}).IsError("ERR The value stored"));
  Run({"SADD", "small", "a"});
  EXPECT_TRUE(Run({"DEBUG", "HTSTATS-KEY", "small"}).IsError("ERR The value stored"));
  for (int i = 0; i < 1000; ++i) {
    const std::string name = std::to_string(i) + "x";
    Run({"HSET", "hash", name, ""});
    Run({"SADD", "set", name});
    Run({"ZADD", "zset", "0", name});
  }
  for (const char* key : {"hash", "set", "zset"}) {
    const std::string of_key = Run({"DEBUG", "HTSTATS-KEY", key}).text;
    EXPECT_NE(of_key.find("number of elements: 1000\n"), std::string::npos) << of_key;
  }
}

TEST_F(DebugCommandsTest, ChangeReplIdDrawsAnotherId) {
  const std::string before = engine().replication_id();
  EXPECT_EQ(Run({"DEBUG", "CHANGE-REPL-ID"}), Reply::Ok());
  EXPECT_NE(engine().replication_id(), before);
  EXPECT_EQ(engine().replication_id().size(), 40u);
}

// What redis-server does with them on this processor: nothing.
TEST_F(DebugCommandsTest, SleepIsOverAtOnceWhereThereIsNoTimeToSleep) {
  for (const char* seconds : {"inf", "-inf", "nan", "-nan", "-1", "-0.5", "abc", "", "1e300",
                              "1e-400", "9223372036855", "0.0000001"}) {
    EXPECT_EQ(Run({"DEBUG", "SLEEP", seconds}), Reply::Ok()) << seconds;
  }
  EXPECT_EQ(Run({"DEBUG", "SLEEP", "0.000001 and more"}), Reply::Ok());
}

TEST_F(DebugCommandsTest, ErrorAnswersItsText) {
  EXPECT_EQ(Run({"DEBUG", "ERROR", "BAD two\r\nlines"}), Reply::Error("BAD two  lines"));
}

TEST_F(DebugCommandsTest, WrongSubcommandsAndNumbersOfArguments) {
  const auto refused = [](const std::string& word) {
    return Reply::Error("ERR unknown subcommand or wrong number of arguments for '" + word +
                        "'. Try DEBUG HELP.");
  };
  EXPECT_EQ(Run({"DEBUG", "foo"}), refused("foo"));
  EXPECT_EQ(Run({"DEBUG", "sleep"}), refused("sleep"));
  EXPECT_EQ(Run({"DEBUG", "digest", "x"}), refused("digest"));
  EXPECT_EQ(Run({"DEBUG", "populate", "1", "p", "2", "3"}), refused("populate"));
}

TEST_F(DebugCommandsTest, HelpListsEverySubcommand) {
  const Reply help = Run({"DEBUG", "HELP"});
  for (const char* line : {"DIGEST", "SLEEP <seconds>", "HELP"}) {
    EXPECT_EQ(std::ranges::count(help.elements, Reply::Status(line)), 1) << line;
  }
}

}  // namespace
}  // namespace ebb::test
