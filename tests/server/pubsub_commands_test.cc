// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/encode.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class PubSubTest : public EngineTest {
 protected:
  // A new client that is subscribed to this, and has been told so.
  TestClient& Subscriber(const std::vector<std::string>& argv) {
    TestClient& subscriber = NewClient();
    subscriber.RunRaw(argv);
    return subscriber;
  }
  // PSUBSCRIBE of so many patterns that all match the channel "a".
  static std::vector<std::string> ManyPatterns(int count) {
    std::vector<std::string> argv = {"PSUBSCRIBE"};
    for (int i = 0; i < count; ++i) argv.push_back("[a" + std::to_string(i) + "]");
    return argv;
  }
  // A new client that is subscribed to them, and may publish all the same.
  TestClient& ManifoldSubscriber(int patterns) {
    TestClient& client = NewClient();
    client.RunRaw({"HELLO", "3"});
    client.RunRaw(ManyPatterns(patterns));
    return client;
  }
  static Reply Confirmed(const std::string& what, const std::string& topic, int64_t count) {
    return Reply::Array({Reply::Bulk(what), Reply::Bulk(topic), Reply::Integer(count)});
  }
  static void ExpectNothing(TestClient& client) { EXPECT_EQ(client.TakeOutput(), ""); }
  std::string LineOf(TestClient& client) {
    return Run({"CLIENT", "LIST", "ID", std::to_string(client.session().id)}).text;
  }
  void SetOption(const std::string& name, const std::string& value) {
    ASSERT_EQ(Run({"CONFIG", "SET", name, value}), Reply::Ok());
  }
};

TEST_F(PubSubTest, AMessageReachesWhoIsSubscribed) {
  TestClient& one = Subscriber({"SUBSCRIBE", "a"});
  TestClient& two = Subscriber({"SUBSCRIBE", "b", "a"});
  TestClient& other = Subscriber({"SUBSCRIBE", "b"});
  EXPECT_EQ(Run({"PUBLISH", "a", "hello"}), Reply::Integer(2));
  EXPECT_EQ(one.Receive(), Reply::Bulks({"message", "a", "hello"}));
  EXPECT_EQ(two.Receive(), Reply::Bulks({"message", "a", "hello"}));
  ExpectNothing(other);
  EXPECT_EQ(Run({"PUBLISH", "c", "hello"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PUBLISH", "A", "hello"}), Reply::Integer(0));
}

TEST_F(PubSubTest, EachSubscriptionIsConfirmedWithTheirNumber) {
  TestClient& client = NewClient();
  client.Send("SUBSCRIBE a b a\r\nPSUBSCRIBE p*\r\nSSUBSCRIBE s\r\n");
  EXPECT_EQ(client.Receive(), Confirmed("subscribe", "a", 1));
  EXPECT_EQ(client.Receive(), Confirmed("subscribe", "b", 2));
  EXPECT_EQ(client.Receive(), Confirmed("subscribe", "a", 2));
  EXPECT_EQ(client.Receive(), Confirmed("psubscribe", "p*", 3));
  EXPECT_EQ(client.Receive(), Confirmed("ssubscribe", "s", 1));
  client.Send("UNSUBSCRIBE b x\r\nPUNSUBSCRIBE\r\nSUNSUBSCRIBE\r\nUNSUBSCRIBE\r\nUNSUBSCRIBE\r\n");
  EXPECT_EQ(client.Receive(), Confirmed("unsubscribe", "b", 2));
  EXPECT_EQ(client.Receive(), Confirmed("unsubscribe", "x", 2));
  EXPECT_EQ(client.Receive(), Confirmed("punsubscribe", "p*", 1));
  EXPECT_EQ(client.Receive(), Confirmed("sunsubscribe", "s", 0));
  EXPECT_EQ(client.Receive(), Confirmed("unsubscribe", "a", 0));
  EXPECT_EQ(client.Receive(),
            Reply::Array({Reply::Bulk("unsubscribe"), Reply::Nil(), Reply::Integer(0)}));
  EXPECT_EQ(Run({"PUBLISH", "a", "m"}), Reply::Integer(0));
  ExpectNothing(client);
}

TEST_F(PubSubTest, AllEndInTheOrderInWhichTheyBegan) {
  TestClient& client = NewClient();
  client.Send("PSUBSCRIBE d a e b c\r\nPUNSUBSCRIBE a\r\nPUNSUBSCRIBE\r\n");
  for (int confirmed = 0; confirmed < 6; ++confirmed) client.Receive();
  EXPECT_EQ(client.Receive(), Confirmed("punsubscribe", "d", 3));
  EXPECT_EQ(client.Receive(), Confirmed("punsubscribe", "e", 2));
  EXPECT_EQ(client.Receive(), Confirmed("punsubscribe", "b", 1));
  EXPECT_EQ(client.Receive(), Confirmed("punsubscribe", "c", 0));
}

TEST_F(PubSubTest, APatternGetsWhatMatches) {
  TestClient& client = Subscriber({"PSUBSCRIBE", "n?ws.*", "[ab]"});
  EXPECT_EQ(Run({"PUBLISH", "news.art", "m"}), Reply::Integer(1));
  EXPECT_EQ(client.Receive(), Reply::Bulks({"pmessage", "n?ws.*", "news.art", "m"}));
  EXPECT_EQ(Run({"PUBLISH", "b", "m"}), Reply::Integer(1));
  EXPECT_EQ(client.Receive(), Reply::Bulks({"pmessage", "[ab]", "b", "m"}));
  EXPECT_EQ(Run({"PUBLISH", "N", "m"}), Reply::Integer(0));
  client.RunRaw({"SUBSCRIBE", "b"});
  client.RunRaw({"PSUBSCRIBE", "*"});
  EXPECT_EQ(Run({"PUBLISH", "b", "m"}), Reply::Integer(3)) << "one message each";
  EXPECT_EQ(client.Receive(), Reply::Bulks({"message", "b", "m"}));
}

// A pattern's star alone does not match the channel without a name.
TEST_F(PubSubTest, OnlyTheEmptyPatternMatchesTheEmptyChannel) {
  TestClient& all = Subscriber({"PSUBSCRIBE", "*"});
  EXPECT_EQ(Run({"PUBLISH", "", "m"}), Reply::Integer(0));
  ExpectNothing(all);
  TestClient& nothing = Subscriber({"PSUBSCRIBE", ""});
  EXPECT_EQ(Run({"PUBLISH", "", "m"}), Reply::Integer(1));
  EXPECT_EQ(nothing.Receive(), Reply::Bulks({"pmessage", "", "", "m"}));
  Subscriber({"SUBSCRIBE", ""});
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", "*"}), Reply::Array({}));
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", ""}), Reply::Bulks({""}));
}

TEST_F(PubSubTest, ShardChannelsAreAWorldOfTheirOwn) {
  TestClient& shard = Subscriber({"SSUBSCRIBE", "a"});
  TestClient& plain = Subscriber({"SUBSCRIBE", "a"});
  TestClient& pattern = Subscriber({"PSUBSCRIBE", "*"});
  EXPECT_EQ(Run({"SPUBLISH", "a", "m"}), Reply::Integer(1));
  EXPECT_EQ(shard.Receive(), Reply::Bulks({"smessage", "a", "m"}));
  ExpectNothing(plain);
  ExpectNothing(pattern);
  EXPECT_EQ(Run({"PUBLISH", "a", "m"}), Reply::Integer(2));
  ExpectNothing(shard);
}

TEST_F(PubSubTest, AsksWhoIsThere) {
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS"}), Reply::Array({}));
  TestClient& client = Subscriber({"SUBSCRIBE", "a", "b"});
  Subscriber({"SUBSCRIBE", "a"});
  Subscriber({"PSUBSCRIBE", "x*", "y*"});
  Subscriber({"PSUBSCRIBE", "x*"});
  Subscriber({"SSUBSCRIBE", "s"});
  EXPECT_THAT(Run({"PUBSUB", "CHANNELS"}).elements,
              UnorderedElementsAre(Reply::Bulk("a"), Reply::Bulk("b")));
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", "[b-z]"}), Reply::Bulks({"b"}));
  EXPECT_EQ(Run({"PUBSUB", "SHARDCHANNELS"}), Reply::Bulks({"s"}));
  EXPECT_EQ(Run({"PUBSUB", "NUMSUB", "a", "s", "a"}),
            Reply::Array({Reply::Bulk("a"), Reply::Integer(2), Reply::Bulk("s"), Reply::Integer(0),
                          Reply::Bulk("a"), Reply::Integer(2)}));
  EXPECT_EQ(Run({"PUBSUB", "SHARDNUMSUB", "s"}),
            Reply::Array({Reply::Bulk("s"), Reply::Integer(1)}));
  EXPECT_EQ(Run({"PUBSUB", "NUMPAT"}), Reply::Integer(2));
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", "a", "b"}),
            Reply::Error("ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try "
                         "PUBSUB HELP."));
  const std::string info = Run({"INFO", "stats"}).text;
  EXPECT_THAT(info, HasSubstr("pubsub_channels:2\r\npubsub_patterns:2\r\npubsubshard_channels:1"));
  client.RunRaw({"UNSUBSCRIBE", "b"});
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS"}), Reply::Bulks({"a"}));
}

TEST_F(PubSubTest, AResp2SubscriberMaySayLittle) {
  TestClient& client = Subscriber({"SUBSCRIBE", "a"});
  const auto refused = [](const std::string& name) {
    return Reply::Error("ERR Can't execute '" + name +
                        "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
                        "allowed in this context");
  };
  EXPECT_EQ(client.Run({"GET", "k"}), refused("get"));
  EXPECT_EQ(client.Run({"CONFIG", "GET", "port"}), refused("config|get"));
  EXPECT_EQ(client.Run({"HELLO", "3"}), refused("hello"));
  EXPECT_EQ(client.Run({"MULTI"}), refused("multi"));
  EXPECT_EQ(client.Run({"PING"}), Reply::Bulks({"pong", ""}));
  EXPECT_EQ(client.Run({"PING", "x"}), Reply::Bulks({"pong", "x"}));
  EXPECT_EQ(client.Run({"UNSUBSCRIBE"}), Confirmed("unsubscribe", "a", 0));
  EXPECT_EQ(client.Run({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(client.Run({"GET", "k"}), Reply::Nil());
  client.RunRaw({"SSUBSCRIBE", "s"});
  EXPECT_EQ(client.Run({"GET", "k"}), refused("get")) << "a shard channel counts as well";
  EXPECT_EQ(client.Run({"RESET"}), Reply::Status("RESET"));
  EXPECT_EQ(client.Run({"GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"SPUBLISH", "s", "m"}), Reply::Integer(0));
}

TEST_F(PubSubTest, Resp3SendsPushesAndRefusesNothing) {
  TestClient& client = NewClient();
  client.RunRaw({"HELLO", "3"});
  EXPECT_EQ(client.RunRaw({"SUBSCRIBE", "a"}), ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
  EXPECT_EQ(client.RunRaw({"PING"}), "+PONG\r\n");
  EXPECT_EQ(client.RunRaw({"GET", "k"}), "_\r\n");
  Run({"PUBLISH", "a", "m"});
  EXPECT_EQ(client.TakeOutput(), ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n");
  EXPECT_EQ(client.RunRaw({"PUNSUBSCRIBE"}), ">3\r\n$12\r\npunsubscribe\r\n_\r\n:1\r\n");
}

TEST_F(PubSubTest, BothProtocolsGetTheSameMessage) {
  TestClient& two = Subscriber({"SUBSCRIBE", "a"});
  TestClient& three = NewClient();
  three.RunRaw({"HELLO", "3"});
  three.RunRaw({"SUBSCRIBE", "a"});
  Run({"PUBLISH", "a", "m"});
  const std::string rest = "3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n";
  EXPECT_EQ(two.TakeOutput(), "*" + rest);
  EXPECT_EQ(three.TakeOutput(), ">" + rest);
}

TEST_F(PubSubTest, AMessageToOneselfComesBehindTheReply) {
  TestClient& client = NewClient();
  client.RunRaw({"HELLO", "3"});
  client.RunRaw({"SUBSCRIBE", "a"});
  const std::string message = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n";
  EXPECT_EQ(client.RunRaw({"PUBLISH", "a", "m"}), ":1\r\n" + message);
  client.Send("MULTI\r\nPUBLISH a m\r\nPUBLISH a m\r\nEXEC\r\n");
  EXPECT_EQ(client.TakeOutput(),
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:1\r\n" + message + message);
}

TEST_F(PubSubTest, InATransactionARowOfConfirmationsIsOneReply) {
  client().Send("MULTI\r\nSUBSCRIBE a\r\nPUBLISH a m\r\nGET x\r\nUNSUBSCRIBE\r\nEXEC\r\n");
  EXPECT_EQ(client().TakeOutput(),
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n"
            "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n:1\r\n$-1\r\n"
            "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n"
            "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n");
}

TEST_F(PubSubTest, ShardChannelsAreNotForTransactions) {
  Run({"MULTI"});
  Run({"SSUBSCRIBE", "a"});
  EXPECT_EQ(
      Run({"EXEC"}),
      Reply::Array({Reply::Error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")}));
}

TEST_F(PubSubTest, WhoWantsNoRepliesGetsMessages) {
  TestClient& client = NewClient();
  client.RunRaw({"CLIENT", "REPLY", "OFF"});
  EXPECT_EQ(client.Run({"SUBSCRIBE", "a"}), Confirmed("subscribe", "a", 1));
  EXPECT_EQ(client.RunRaw({"PING"}), "");
  Run({"PUBLISH", "a", "m"});
  EXPECT_EQ(client.Receive(), Reply::Bulks({"message", "a", "m"}));
}

TEST_F(PubSubTest, ALongMessageIsSharedByAll) {
  constexpr size_t kSubscribers = 50;
  const std::string text(1'000'000, 'x');
  std::vector<TestClient*> subscribers;
  for (size_t i = 0; i < kSubscribers; ++i) subscribers.push_back(&Subscriber({"SUBSCRIBE", "a"}));
  TestClient& pattern = Subscriber({"PSUBSCRIBE", "*"});
  const size_t before = memory::UsedMemory();
  EXPECT_EQ(Run({"PUBLISH", "a", text}), Reply::Integer(kSubscribers + 1));
  EXPECT_LT(memory::UsedMemory() - before, 5 * text.size());
  for (TestClient* subscriber : subscribers) {
    EXPECT_EQ(subscriber->Receive(), Reply::Bulks({"message", "a", text}));
  }
  EXPECT_EQ(pattern.Receive(), Reply::Bulks({"pmessage", "*", "a", text}));
}

TEST_F(PubSubTest, WhoLeavesIsForgotten) {
  {
    TestClient gone(engine());
    gone.RunRaw({"SUBSCRIBE", "a", "b"});
    gone.RunRaw({"PSUBSCRIBE", "*"});
    gone.RunRaw({"SSUBSCRIBE", "s"});
  }
  EXPECT_EQ(Run({"PUBLISH", "a", "m"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PUBSUB", "NUMPAT"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS"}), Reply::Array({}));
  TestClient& killed = Subscriber({"SUBSCRIBE", "a"});
  EXPECT_EQ(Run({"CLIENT", "KILL", "TYPE", "pubsub"}), Reply::Integer(1));
  EXPECT_TRUE(killed.close_requested());
  EXPECT_EQ(Run({"PUBLISH", "a", "m"}), Reply::Integer(0));
}

// What ends in steps is nobody's from the beginning.
TEST_F(PubSubTest, ManyThatAreLeftEndInStepsAndCountNowhere) {
  PubSub& pubsub = engine().pubsub();
  TestClient& other = Subscriber({"SUBSCRIBE", "0", "5"});
  TestClient& again = NewClient();
  auto gone = std::make_unique<TestClient>(engine());
  std::vector<std::string> subscribe = {"SUBSCRIBE"};
  for (int i = 0; i < 10 * PubSub::kStep; ++i) subscribe.push_back(std::to_string(i));
  gone->RunRaw(subscribe);
  again.RunRaw(subscribe);
  gone.reset();
  again.RunRaw({"RESET"});
  EXPECT_THAT(LineOf(again), HasSubstr(" flags=N db=0 sub=0 "));
  EXPECT_TRUE(pubsub.EndSome());
  EXPECT_EQ(Run({"PUBLISH", "0", "m"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PUBLISH", "1", "m"}), Reply::Integer(0));
  EXPECT_EQ(other.Receive(), Reply::Bulks({"message", "0", "m"}));
  ExpectNothing(again);
  EXPECT_EQ(pubsub.subscriber_count(TopicKind::kChannel, "0"), 1u);
  EXPECT_EQ(pubsub.subscriber_count(TopicKind::kChannel, "1"), 0u);

  again.RunRaw({"SUBSCRIBE", "1"});
  EXPECT_EQ(Run({"PUBLISH", "1", "m"}), Reply::Integer(1)) << "as if it never had been";
  EXPECT_EQ(again.Receive(), Reply::Bulks({"message", "1", "m"}));
  EXPECT_TRUE(pubsub.EndSome());
  EXPECT_THAT(Run({"PUBSUB", "CHANNELS"}).elements,
              UnorderedElementsAre(Reply::Bulk("0"), Reply::Bulk("1"), Reply::Bulk("5")));
  EXPECT_FALSE(pubsub.EndSome()) << "who asks has the rest ended";
}

TEST_F(PubSubTest, TheRegularWorkEndsWhatAClientLeaves) {
  auto gone = std::make_unique<TestClient>(engine());
  gone->RunRaw(ManyPatterns(5 * PubSub::kStep));
  gone.reset();
  EXPECT_TRUE(engine().pubsub().EndSome());
  engine().cron().Run();
  while (engine().cron().work_pending()) engine().cron().RunSlice();
  EXPECT_FALSE(engine().pubsub().HasListeners());
}

TEST_F(PubSubTest, ManyComeAndGoInAnyOrder) {
  constexpr int kTopics = 2000;
  TestClient& one = NewClient();
  TestClient& two = NewClient();
  for (int i = 0; i < kTopics; ++i) {
    one.RunRaw({"SUBSCRIBE", std::to_string(i)});
    two.RunRaw({"SUBSCRIBE", std::to_string(i)});
  }
  for (int i = 0; i < kTopics; i += 3) one.RunRaw({"UNSUBSCRIBE", std::to_string(i)});
  for (int i = kTopics - 1; i >= 0; i -= 2) two.RunRaw({"UNSUBSCRIBE", std::to_string(i)});
  for (int i = 0; i < kTopics; ++i) {
    const int expected = (i % 3 != 0 ? 1 : 0) + (i % 2 == 0 ? 1 : 0);
    ASSERT_EQ(Run({"PUBLISH", std::to_string(i), "m"}), Reply::Integer(expected)) << i;
  }
  one.RunRaw({"RESET"});
  two.RunRaw({"UNSUBSCRIBE"});
  EXPECT_EQ(engine().pubsub().topic_count(TopicKind::kChannel), 0u);
}

TEST_F(PubSubTest, ClientListShowsIt) {
  TestClient& client = NewClient();
  client.RunRaw({"HELLO", "3"});
  client.RunRaw({"SUBSCRIBE", "a", "b"});
  client.RunRaw({"PSUBSCRIBE", "p"});
  client.RunRaw({"SSUBSCRIBE", "s"});
  EXPECT_THAT(LineOf(client), HasSubstr(" flags=P db=0 sub=2 psub=1 ssub=1 "));
  EXPECT_THAT(Run({"CLIENT", "LIST", "TYPE", "pubsub"}).text, HasSubstr(" flags=P "));
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "normal"}).text.find(" flags=P "), std::string::npos);
  client.RunRaw({"RESET"});
  EXPECT_THAT(LineOf(client), HasSubstr(" flags=N db=0 sub=0 psub=0 ssub=0 "));
}

TEST_F(PubSubTest, OneWhoDoesNotReadIsClosedAtItsLimit) {
  SetOption("client-output-buffer-limit", "pubsub 1000000 0 0");
  TestClient& reader = Subscriber({"SUBSCRIBE", "a"});
  TestClient& lazy = Subscriber({"SUBSCRIBE", "a"});
  TestClient& normal = NewClient();
  lazy.RunRaw({"PSUBSCRIBE", "*"});
  for (int i = 0; i < 40; ++i) {
    Run({"PUBLISH", "a", std::string(50'000, 'x')});
    reader.Receive();
    normal.session().output.Append(std::string(50'000, 'x'));
  }
  EXPECT_TRUE(lazy.close_requested());
  EXPECT_EQ(lazy.session().output.size(), 0u) << "its memory is free at once";
  EXPECT_FALSE(reader.close_requested());
  EXPECT_FALSE(engine().clients().OverOutputLimit(normal.session())) << "it is of another class";
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, 1u);
}

// What it would be sent in all is ten times the limit.
TEST_F(PubSubTest, OneWhoPublishesToItselfIsClosedAtItsLimit) {
  SetOption("client-output-buffer-limit", "pubsub 1000000 0 0");
  const std::string text(10'000, 'x');
  TestClient& client = ManifoldSubscriber(1000);
  client.RunRaw({"MULTI"});
  client.RunRaw({"PUBLISH", "a", text});
  client.RunRaw({"PUBLISH", "a", text});
  client.RunRaw({"INFO", "memory"});  // notes the peak
  client.RunRaw({"SET", "k", "v"});
  const size_t before = memory::UsedMemory();
  EXPECT_EQ(client.RunRaw({"EXEC"}), "") << "no reply without its beginning";
  EXPECT_LT(engine().peak_memory(), before + 3'000'000);
  EXPECT_TRUE(client.close_requested());
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, 1u);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v")) << "the transaction runs to its end";
}

TEST_F(PubSubTest, ATransactionThatPublishesToItselfIsCutOffInResp2AsWell) {
  SetOption("client-output-buffer-limit", "pubsub 1000000 0 0");
  TestClient& client = NewClient();
  client.Send("MULTI\r\n" + Encode(ManyPatterns(1000)) +
              Encode({"PUBLISH", "a", std::string(10'000, 'x')}) + "EXEC\r\n");
  EXPECT_TRUE(client.close_requested());
  EXPECT_EQ(client.TakeOutput(), "");
}

TEST_F(PubSubTest, NothingFollowsTheConfirmationThatIsTooMuch) {
  SetOption("client-output-buffer-limit", "pubsub 100000 0 0");
  TestClient& client = NewClient();
  client.Send("MULTI\r\n" + Encode(ManyPatterns(5000)) + "PING\r\nEXEC\r\n");
  EXPECT_TRUE(client.close_requested());
  EXPECT_LT(client.TakeOutput().size(), 20u) << "no more than the piece that was too much";
}

TEST_F(PubSubTest, WhatWaitsAlreadyCountsForTheLimitOfMessagesToOneself) {
  SetOption("client-output-buffer-limit", "pubsub 1000000 0 0");
  const std::string publish = Encode({"PUBLISH", "a", std::string(10'000, 'x')});
  TestClient& client = ManifoldSubscriber(60);
  client.Send(publish);
  EXPECT_FALSE(client.close_requested());
  EXPECT_GT(client.session().output.size(), 600'000u);
  client.Send(publish);
  EXPECT_TRUE(client.close_requested());
  EXPECT_EQ(client.session().output.size(), 0u);
}

TEST_F(PubSubTest, TheSoftLimitHoldsForMessagesToOneself) {
  SetOption("client-output-buffer-limit", "pubsub 0 100000 5");
  const std::string publish = Encode({"PUBLISH", "a", std::string(10'000, 'x')});
  TestClient& client = ManifoldSubscriber(60);
  client.Send(publish);
  AdvanceTime(4000);
  client.Send(publish);
  EXPECT_FALSE(client.close_requested());
  AdvanceTime(2000);
  client.Send(publish);
  EXPECT_TRUE(client.close_requested());
}

TEST_F(PubSubTest, EventsOfItsOwnCommandCountForItsLimit) {
  SetOption("client-output-buffer-limit", "pubsub 1000000 0 0");
  SetOption("notify-keyspace-events", "KEA");
  TestClient& client = NewClient();
  client.RunRaw({"HELLO", "3"});
  client.RunRaw({"PSUBSCRIBE", "__key*"});
  std::vector<std::string> argv = {"MSET"};
  for (int i = 0; i < 2000; ++i) {
    argv.push_back(std::string(1000, 'k') + std::to_string(i));
    argv.emplace_back("v");
  }
  EXPECT_EQ(client.RunRaw(argv), "");
  EXPECT_TRUE(client.close_requested());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(2000)) << "what it has asked for is done";
}

TEST_F(PubSubTest, ALongMessageToOneselfIsNotCopiedEachTime) {
  const std::string text(1'000'000, 'x');
  TestClient& client = ManifoldSubscriber(19);
  client.RunRaw({"SUBSCRIBE", "a"});
  const size_t before = memory::UsedMemory();
  client.Send(Encode({"PUBLISH", "a", text}));
  EXPECT_LT(memory::UsedMemory() - before, 5 * text.size());
  EXPECT_GT(client.session().output.size(), 20 * text.size());
  const std::string output = client.TakeOutput();
  const std::string payload = "$1000000\r\n" + text + "\r\n";
  EXPECT_TRUE(output.starts_with(":20\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n" + payload +
                                 ">4\r\n$8\r\npmessage\r\n"));
  EXPECT_TRUE(output.ends_with("$1\r\na\r\n" + payload));
}

TEST_F(PubSubTest, SubscriptionsCountAsTheClientsMemory) {
  TestClient& client = NewClient();
  const size_t before = client.session().MemoryBytes();
  for (int i = 0; i < 100; ++i) {
    client.RunRaw({"SUBSCRIBE", std::string(1000, 'x') + std::to_string(i)});
  }
  EXPECT_GT(client.session().MemoryBytes(), before + 100'000);
  client.RunRaw({"UNSUBSCRIBE"});
  EXPECT_LT(client.session().MemoryBytes(), before + 1000);
  client.RunRaw({"SUBSCRIBE", std::string(2'000'000, 'x')});
  SetOption("maxmemory-clients", "1mb");
  engine().clients().EnforceMemoryLimit();
  EXPECT_TRUE(client.close_requested());
  EXPECT_FALSE(this->client().close_requested());
}

// Each pays for a channel as if it were alone with it; what is there is counted elsewhere.
TEST_F(PubSubTest, TheMemoryOfSubscriptionsIsCountedOnce) {
  if (memory::Name() == "libc") GTEST_SKIP() << "what new takes is unknown";
  constexpr int kChannels = 100 * PubSub::kStep;
  const auto counted = [this] { return engine().pubsub().memory_bytes(); };
  auto one = std::make_unique<TestClient>(engine());
  auto two = std::make_unique<TestClient>(engine());
  for (TestClient* client : {one.get(), two.get()}) client->RunRaw({"SUBSCRIBE", "first"});
  const size_t used_before = memory::UsedMemory();
  const size_t counted_before = counted();
  for (int i = 0; i < kChannels; ++i) {
    const std::string name = std::string(500, 'x') + std::to_string(i);
    for (TestClient* client : {one.get(), two.get()}) client->RunRaw({"SUBSCRIBE", name});
  }
  const auto grown = static_cast<double>(counted() - counted_before);
  EXPECT_GT(grown, kChannels * 500);
  EXPECT_LT(grown, kChannels * 800);
  EXPECT_NEAR(grown, static_cast<double>(memory::UsedMemory() - used_before), grown * 0.03);
  EXPECT_GT(one->session().MemoryBytes(), kChannels * 500u);
  EXPECT_LT(one->session().OwnMemory().Sum(), 100'000u);
  one.reset();
  two->RunRaw({"UNSUBSCRIBE", "first"});
  EXPECT_GT(counted(), kChannels * 500u) << "the other one has them as well";
  two.reset();
  EXPECT_GT(counted(), kChannels * 500u) << "they end in steps";
  while (engine().pubsub().EndSome()) {
  }
  EXPECT_LT(counted(), counted_before + kChannels * 25u);
}

TEST_F(PubSubTest, AnIdleSubscriberIsNotSentAway) {
  SetOption("timeout", "1");
  TestClient& subscriber = Subscriber({"SUBSCRIBE", "a"});
  TestClient& idle = NewClient();
  AdvanceTime(5000);
  engine().clients().Tick();
  EXPECT_TRUE(idle.close_requested());
  EXPECT_FALSE(subscriber.close_requested());
}

TEST_F(PubSubTest, AMonitorSeesWhatIsPublished) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  Run({"PUBLISH", "a", "m"});
  EXPECT_THAT(monitor.Receive().text, HasSubstr(R"("PUBLISH" "a" "m")"));
}

}  // namespace
}  // namespace ebb::test
