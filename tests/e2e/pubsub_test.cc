// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Messages and keyspace notifications over real sockets, as client libraries get them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/connection.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

TEST(PubSubE2eTest, MessagesArriveInOrder) {
  ServerProcess server;
  Connection publisher = server.Connect();
  std::vector<Connection> subscribers;
  for (int i = 0; i < 20; ++i) {
    Connection& next = subscribers.emplace_back(server.Connect());
    EXPECT_EQ(next.Command({"SUBSCRIBE", "news"}),
              Reply::Array({Reply::Bulk("subscribe"), Reply::Bulk("news"), Reply::Integer(1)}));
  }
  constexpr int kMessages = 1000;
  for (int i = 0; i < kMessages; ++i) publisher.Append({"PUBLISH", "news", std::to_string(i)});
  for (int i = 0; i < kMessages; ++i) ASSERT_EQ(publisher.Receive(), Reply::Integer(20));
  for (Connection& subscriber : subscribers) {
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_EQ(subscriber.Receive(), Reply::Bulks({"message", "news", std::to_string(i)}));
    }
    EXPECT_EQ(subscriber.Command({"PING"}), Reply::Bulks({"pong", ""}));
  }
}

TEST(PubSubE2eTest, LongMessagesReachEverybodyWhole) {
  ServerProcess server;
  Connection publisher = server.Connect();
  Connection one = server.Connect();
  Connection two = server.Connect();
  one.Command({"SUBSCRIBE", "a"});
  two.Command({"PSUBSCRIBE", "*"});
  for (const size_t size : {1u << 14, 1u << 15, 1u << 20, 10u << 20}) {
    const std::string text(size, 'x');
    ASSERT_EQ(publisher.Command({"PUBLISH", "a", text}), Reply::Integer(2));
    EXPECT_EQ(one.Receive(), Reply::Bulks({"message", "a", text}));
    EXPECT_EQ(two.Receive(), Reply::Bulks({"pmessage", "*", "a", text}));
  }
}

TEST(PubSubE2eTest, OneWhoDoesNotReadIsClosedAtItsLimit) {
  ServerProcess server({.options = {"--client-output-buffer-limit", "pubsub 4mb 0 0"}});
  Connection publisher = server.Connect();
  Connection lazy = server.Connect();
  Connection reader = server.Connect();
  lazy.Command({"SUBSCRIBE", "a"});
  reader.Command({"SUBSCRIBE", "a"});
  const std::string text(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) {
    ASSERT_GE(publisher.Command({"PUBLISH", "a", text}).integer, 1);
    ASSERT_EQ(reader.Receive(), Reply::Bulks({"message", "a", text})) << i;
  }
  EXPECT_EQ(publisher.Command({"PUBLISH", "a", "m"}), Reply::Integer(1));
  EXPECT_EQ(publisher.Info("client_output_buffer_limit_disconnections"), "1");
  EXPECT_EQ(publisher.Info("connected_clients"), "2");
}

TEST(PubSubE2eTest, WhoDisconnectsIsForgotten) {
  ServerProcess server;
  Connection publisher = server.Connect();
  {
    Connection gone = server.Connect();
    gone.Command({"SUBSCRIBE", "a"});
    EXPECT_EQ(publisher.Info("pubsub_channels"), "1");
  }
  EXPECT_TRUE(publisher.AwaitInfo("pubsub_channels", [](const auto& text) { return text == "0"; }));
  EXPECT_EQ(publisher.Command({"PUBLISH", "a", "m"}), Reply::Integer(0));
}

TEST(PubSubE2eTest, KeysThatExpireAreToldWithoutAnybodyAsking) {
  ServerProcess server({.options = {"--notify-keyspace-events", "Ex"}});
  Connection listener = server.Connect();
  Connection client = server.Connect();
  listener.Command({"SUBSCRIBE", "__keyevent@0__:expired"});
  EXPECT_EQ(client.Command({"SET", "k", "v", "PX", "50"}), Reply::Ok());
  EXPECT_EQ(listener.Receive(), Reply::Bulks({"message", "__keyevent@0__:expired", "k"}));
}

}  // namespace
}  // namespace ebb::test
