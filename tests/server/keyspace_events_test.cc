// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/keyspace_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

class KeyspaceEventsTest : public EngineTest {
 protected:
  KeyspaceEventsTest() { listener_.RunRaw({"PSUBSCRIBE", "__key*"}); }

  void Enable(const std::string& classes) {
    ASSERT_EQ(Run({"CONFIG", "SET", "notify-keyspace-events", classes}), Reply::Ok());
  }

  // What has been told since this was asked last, an event a line: "set k"; of another database
  // "set k @1". By the events' channels.
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (Reply message = listener_.Receive(); message.kind == Reply::Kind::kArray;
         message = listener_.Receive()) {
      const std::string& channel = message.elements.at(2).text;
      if (!channel.starts_with("__keyevent@")) continue;
      const std::string db = channel.substr(11, channel.find("__:") - 11);
      told.push_back(channel.substr(channel.find(':') + 1) + " " + message.elements.at(3).text +
                     (db == "0" ? "" : " @" + db));
    }
    return told;
  }

  TestClient& listener() { return listener_; }

 private:
  TestClient& listener_ = NewClient();
};

TEST(EventClassesTest, AreLettersInAnyOrder) {
  EXPECT_EQ(ParseEventClasses(""), 0u);
  EXPECT_EQ(ParseEventClasses("KEA"), ParseEventClasses("AKEg"));
  EXPECT_EQ(ParseEventClasses("g$lshzxetd"), ParseEventClasses("A"));
  EXPECT_NE(ParseEventClasses("A"), ParseEventClasses("An"));
  EXPECT_EQ(ParseEventClasses("KEq"), std::nullopt);
  EXPECT_EQ(ParseEventClasses("k"), std::nullopt);
  EXPECT_EQ(ParseEventClasses("K E"), std::nullopt);
}

TEST(EventClassesTest, AreShownInOneOrder) {
  const auto shown = [](std::string_view text, bool whole = false) {
    return FormatEventClasses(*ParseEventClasses(text), whole);
  };
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("KEA"), "AKE");
  EXPECT_EQ(shown("mnKEdtexzhsl$g"), "AKEm");
  EXPECT_EQ(shown("mnKEdtexzhsl$g", true), "AnKEm");
  EXPECT_EQ(shown("mEtdnx"), "xtdnEm");
  EXPECT_EQ(shown("dtexzhsl$"), "$lshzxetd");
}

TEST_F(KeyspaceEventsTest, TheOptionIsChecked) {
  const auto get = [&] { return Run({"CONFIG", "GET", "notify-keyspace-events"}).elements[1]; };
  EXPECT_EQ(get(), Reply::Bulk(""));
  Enable("KEA");
  EXPECT_EQ(get(), Reply::Bulk("AKE"));
  EXPECT_EQ(Run({"CONFIG", "SET", "notify-keyspace-events", "Kq"}),
            Reply::Error("ERR CONFIG SET failed (possibly related to argument "
                         "'notify-keyspace-events') - Invalid event class character. Use "
                         "'Ag$lshzxeKEtmdn'."));
  EXPECT_EQ(get(), Reply::Bulk("AKE"));
  // As in Redis, for which a NUL ends a text.
  EXPECT_EQ(Run({"CONFIG", "SET", "notify-keyspace-events", std::string("Ex\0q", 4)}), Reply::Ok());
  EXPECT_EQ(get(), Reply::Bulk("xE"));
  Enable("");
  EXPECT_EQ(get(), Reply::Bulk(""));
}

TEST_F(KeyspaceEventsTest, TellsNothingUnlessAsked) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(listener().TakeOutput(), "");
  Enable("A");
  Run({"SET", "k", "v"});
  EXPECT_EQ(listener().TakeOutput(), "") << "on no channel";
  Enable("KE");
  Run({"SET", "k", "v"});
  EXPECT_EQ(listener().TakeOutput(), "") << "of no class";
}

TEST_F(KeyspaceEventsTest, TellsTheKeysChannelAndTheEvents) {
  Enable("KE$");
  Run({"SELECT", "3"});
  Run({"SET", "k", "v"});
  EXPECT_EQ(listener().Receive(), Reply::Bulks({"pmessage", "__key*", "__keyspace@3__:k", "set"}));
  EXPECT_EQ(listener().Receive(), Reply::Bulks({"pmessage", "__key*", "__keyevent@3__:set", "k"}));
  Enable("K$");
  Run({"SET", "k", "v"});
  EXPECT_EQ(listener().Receive(), Reply::Bulks({"pmessage", "__key*", "__keyspace@3__:k", "set"}));
  EXPECT_EQ(listener().TakeOutput(), "");
}

TEST_F(KeyspaceEventsTest, EachClassHasItsLetter) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> events = {
      {"$", {"SET", "s", "v"}},
      {"l", {"RPUSH", "l", "v"}},
      {"h", {"HSET", "h", "f", "v"}},
      {"s", {"SADD", "set", "v"}},
      {"g", {"EXPIRE", "s", "9"}}};
  for (const auto& [letter, argv] : events) {
    for (const auto& [other, other_argv] : events) {
      Run({"FLUSHALL"});
      Run({"SET", "s", "v"});
      Enable("E" + letter);
      Run(other_argv);
      EXPECT_EQ(Told().size(), other == letter ? 1u : 0u) << letter << other;
      Enable("");
    }
  }
}

TEST_F(KeyspaceEventsTest, TellsInTheOrderOfTheChanges) {
  Enable("KEA");
  Run({"SADD", "s", "a"});
  Run({"SREM", "s", "a"});
  Run({"SET", "a", "1", "EX", "100"});
  Run({"RENAME", "a", "b"});
  Run({"DEL", "b", "none"});
  EXPECT_THAT(Told(), ElementsAre("sadd s", "srem s", "del s", "set a", "expire a", "rename_from a",
                                  "rename_to b", "del b"));
}

TEST_F(KeyspaceEventsTest, TellsWhatExpiresAndWhatIsEvicted) {
  Enable("Exe");
  Run({"SET", "k", "v", "PX", "10"});
  Run({"SET", "l", "v", "PX", "10"});
  AdvanceTime(20);
  Run({"GET", "k"});
  EXPECT_THAT(Told(), ElementsAre("expired k"));
  engine().cron().RunSlice();
  EXPECT_THAT(Told(), ElementsAre("expired l"));
  Run({"SET", "m", "v"});
  EXPECT_TRUE(engine().db(0).Evict("m"));
  EXPECT_THAT(Told(), ElementsAre("evicted m"));
}

TEST_F(KeyspaceEventsTest, TellsNewKeysBeforeWhatMadeThem) {
  Enable("KEAn");
  Run({"SET", "k", "v"});
  Run({"SET", "k", "w"});
  Run({"LPUSH", "l", "v"});
  Run({"RENAME", "k", "m"});
  Run({"COPY", "m", "n"});
  EXPECT_THAT(Told(), ElementsAre("new k", "set k", "set k", "new l", "lpush l", "new m",
                                  "rename_from k", "rename_to m", "new n", "copy_to n"));
  Run({"RENAME", "m", "n"});
  EXPECT_THAT(Told(), ElementsAre("new n", "rename_from m", "rename_to n")) << "in another's place";
  Enable("KEA");
  Run({"SET", "o", "v"});
  EXPECT_THAT(Told(), ElementsAre("set o")) << "A does not stand for it";
}

TEST_F(KeyspaceEventsTest, TellsWhatWasNotFound) {
  Enable("KEm");
  Run({"GET", "none"});
  Run({"EXISTS", "none"});
  Run({"SET", "k", "v"});
  Run({"GET", "k"});
  Run({"GETDEL", "none"});
  Run({"OBJECT", "ENCODING", "none"});
  Run({"APPEND", "none", "v"});
  EXPECT_THAT(Told(), ElementsAre("keymiss none", "keymiss none", "keymiss none"));
  Enable("KEA");
  Run({"GET", "other"});
  EXPECT_THAT(Told(), IsEmpty()) << "A does not stand for it";
}

TEST_F(KeyspaceEventsTest, FlushAndSwapAreNoEvents) {
  Run({"SET", "k", "v"});
  Enable("KEA");
  Run({"SWAPDB", "0", "1"});
  Run({"FLUSHALL"});
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(KeyspaceEventsTest, ComeFromATransactionAndFromWhoWaited) {
  Enable("KEA");
  TestClient& waiting = NewClient();
  waiting.RunRaw({"BLPOP", "l", "0"});
  client().Send("MULTI\r\nSET k v\r\nRPUSH l a\r\nEXEC\r\n");
  EXPECT_THAT(Told(), ElementsAre("set k", "rpush l", "lpop l", "del l"));
}

TEST_F(KeyspaceEventsTest, ASubscriberThatWritesHearsItselfBehindItsReply) {
  Enable("E$");
  TestClient& both = NewClient();
  both.RunRaw({"HELLO", "3"});
  both.RunRaw({"SUBSCRIBE", "__keyevent@0__:set"});
  EXPECT_EQ(both.RunRaw({"SET", "k", "v"}),
            "+OK\r\n>3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$1\r\nk\r\n");
}

TEST_F(KeyspaceEventsTest, ASubscriberThatWaitedHearsItselfBehindItsReply) {
  Enable("El");
  TestClient& both = NewClient();
  both.RunRaw({"HELLO", "3"});
  both.RunRaw({"SUBSCRIBE", "__keyevent@0__:lpop"});
  EXPECT_EQ(both.RunRaw({"BLPOP", "l", "0"}), "");
  Run({"RPUSH", "l", "a"});
  EXPECT_EQ(both.TakeOutput(),
            "*2\r\n$1\r\nl\r\n$1\r\na\r\n"
            ">3\r\n$7\r\nmessage\r\n$19\r\n__keyevent@0__:lpop\r\n$1\r\nl\r\n");
}

// Whoever is closed for its output may be waiting for the very key whose change was one event too
// many.
TEST_F(KeyspaceEventsTest, ClosingOneWhoWaitsForTheKeyDisturbsNobody) {
  ASSERT_EQ(Run({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 100000 0 0"}), Reply::Ok());
  Enable("El");
  std::vector<TestClient*> waiting;
  for (int i = 0; i < 4; ++i) {
    TestClient& next = *waiting.emplace_back(&NewClient());
    next.RunRaw({"HELLO", "3"});
    next.RunRaw({"SUBSCRIBE", "__keyevent@0__:lpop"});
    next.RunRaw({"BLPOP", "l", "0"});
    if (i % 2 == 1) next.session().output.Append(std::string(120'000, 'x'));
  }
  Run({"RPUSH", "l", "a", "b", "c"});
  EXPECT_TRUE(waiting[1]->close_requested());
  EXPECT_TRUE(waiting[3]->close_requested());
  EXPECT_FALSE(waiting[0]->close_requested());
  EXPECT_THAT(waiting[0]->TakeOutput(), ::testing::HasSubstr("\r\na\r\n"));
  // Nor do they take elements with them.
  EXPECT_THAT(waiting[2]->TakeOutput(), ::testing::HasSubstr("\r\nb\r\n"));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Array({Reply::Bulk("c")}));
}

}  // namespace
}  // namespace ebb::test
