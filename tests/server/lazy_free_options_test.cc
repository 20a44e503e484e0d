// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The lazyfree-lazy-... options, by the commands that they are about. What is left to the thread
// waits here until a test frees it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const std::string kBig(200'000, 'v');

// A command that ends the big value at "k", and the option that says how; none when it is always
// left to the thread.
struct Ending {
  std::string name;
  std::string option;
  std::vector<std::string> command;
};

const Ending kEndings[] = {
    {"Del", "lazyfree-lazy-user-del", {"DEL", "k"}},
    {"Unlink", "", {"UNLINK", "k"}},
    {"Set", "lazyfree-lazy-server-del", {"SET", "k", "v"}},
    {"MSet", "lazyfree-lazy-server-del", {"MSET", "k", "v"}},
    {"SetEx", "lazyfree-lazy-server-del", {"SETEX", "k", "100", "v"}},
    {"Rename", "lazyfree-lazy-server-del", {"RENAME", "other", "k"}},
    {"CopyReplace", "lazyfree-lazy-server-del", {"COPY", "other", "k", "REPLACE"}},
    {"BitOpOfNothing", "lazyfree-lazy-server-del", {"BITOP", "NOT", "k", "none"}},
    {"ExpireInThePast", "lazyfree-lazy-expire", {"PEXPIRE", "k", "-1"}},
};

class LazyFreeOptionsTest : public EngineTest {
 protected:
  size_t Pending() { return engine().lazy_free().pending_objects(); }

  void FreeAll() {
    while (engine().lazy_free().Step()) {
    }
  }

  std::string Info(const std::string& field) {
    const std::string text = Run({"INFO", "everything"}).text;
    const size_t at = text.find("\n" + field + ":");
    if (at == std::string::npos) return "no such field";
    const size_t begin = at + field.size() + 2;
    return text.substr(begin, text.find('\r', begin) - begin);
  }
};

class EndingTest : public LazyFreeOptionsTest, public ::testing::WithParamInterface<Ending> {};

INSTANTIATE_TEST_SUITE_P(All, EndingTest, ::testing::ValuesIn(kEndings),
                         [](const auto& ending) { return ending.param.name; });

TEST_P(EndingTest, IsLazyByDefault) {
  Run({"SET", "other", "v"});
  Run({"SET", "k", kBig});
  EXPECT_FALSE(Run(GetParam().command).IsError());
  EXPECT_EQ(Pending(), 1u);
}

TEST_P(EndingTest, FollowsItsOption) {
  for (const Ending& ending : kEndings) {
    if (ending.option.empty()) continue;
    EXPECT_EQ(Run({"CONFIG", "SET", ending.option, "no"}), Reply::Ok());
  }
  Run({"SET", "other", "v"});
  Run({"SET", "k", kBig});
  Run(GetParam().command);
  EXPECT_EQ(Pending(), GetParam().option.empty() ? 1u : 0u);
  if (GetParam().option.empty()) return;

  EXPECT_EQ(Run({"CONFIG", "SET", GetParam().option, "yes"}), Reply::Ok());
  Run({"SET", "other", "v"});
  Run({"SET", "k", kBig});
  Run(GetParam().command);
  EXPECT_EQ(Pending(), 1u);
}

TEST_F(LazyFreeOptionsTest, ExpiryFollowsItsOption) {
  for (const std::string lazy : {"yes", "no"}) {
    EXPECT_EQ(Run({"CONFIG", "SET", "lazyfree-lazy-expire", lazy}), Reply::Ok());
    const size_t expected = lazy == "yes" ? 1 : 0;
    Run({"SET", "k", kBig, "PX", "100"});
    AdvanceTime(100);
    EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
    EXPECT_EQ(Pending(), expected);
    Run({"SET", "k", kBig, "PX", "100"});
    AdvanceTime(100);
    engine().cron().Run();
    EXPECT_EQ(Pending(), 2 * expected);
    FreeAll();
  }
}

// What is given back by a reply that has been sent is big as well.
TEST_F(LazyFreeOptionsTest, AValueThatAReplyHoldsGoesWithTheReply) {
  for (const std::string command : {"GETDEL k", "SET k v GET", "GETSET k v"}) {
    Run({"SET", "k", kBig});
    client().Send(command + "\r\n");
    EXPECT_EQ(Pending(), 0u) << command;
    EXPECT_EQ(client().Receive(), Reply::Bulk(kBig));
    EXPECT_EQ(Pending(), 1u) << command;
    FreeAll();
  }
}

TEST_F(LazyFreeOptionsTest, AReplyOutlivesFlushAll) {
  for (int i = 0; i < 1000; ++i) Run({"SET", "key:" + std::to_string(i), "v"});
  Run({"SET", "k", kBig});
  client().Send("GET k\r\nFLUSHALL\r\n");
  FreeAll();
  EXPECT_EQ(client().Receive(), Reply::Bulk(kBig));
  EXPECT_EQ(client().Receive(), Reply::Ok());
}

TEST_F(LazyFreeOptionsTest, FlushesSayHowOrFollowTheOption) {
  struct Flush {
    std::vector<std::string> command;
    bool lazy;
    bool lazy_without_option;
  };
  const Flush kFlushes[] = {
      {{"FLUSHALL"}, true, false},          {{"FLUSHDB"}, true, false},
      {{"FLUSHALL", "ASYNC"}, true, true},  {{"FLUSHDB", "ASYNC"}, true, true},
      {{"FLUSHALL", "SYNC"}, false, false}, {{"FLUSHDB", "SYNC"}, false, false},
  };
  for (const bool option : {true, false}) {
    Run({"CONFIG", "SET", "lazyfree-lazy-user-flush", option ? "yes" : "no"});
    for (const Flush& flush : kFlushes) {
      for (int i = 0; i < 500; ++i) Run({"SET", "key:" + std::to_string(i), "v"});
      EXPECT_EQ(Run(flush.command), Reply::Ok());
      EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
      EXPECT_EQ(Pending(), (option ? flush.lazy : flush.lazy_without_option) ? 500u : 0u);
      FreeAll();
    }
  }
}

TEST_F(LazyFreeOptionsTest, InfoCountsObjectsAndBytes) {
  EXPECT_EQ(Info("lazyfree_pending_objects"), "0");
  EXPECT_EQ(Info("lazyfree_pending_bytes"), "0");
  Run({"SET", "a", kBig});
  Run({"SET", "b", kBig});
  Run({"DEL", "a", "b"});
  EXPECT_EQ(Info("lazyfree_pending_objects"), "2");
  EXPECT_GE(std::stoull(Info("lazyfree_pending_bytes")), 2 * kBig.size());
  EXPECT_EQ(Info("lazyfreed_objects"), "0");
  FreeAll();
  EXPECT_EQ(Info("lazyfree_pending_objects"), "0");
  EXPECT_EQ(Info("lazyfree_pending_bytes"), "0");
  EXPECT_EQ(Info("lazyfreed_objects"), "2");
  Run({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(Info("lazyfreed_objects"), "0");
}

}  // namespace
}  // namespace ebb::test
