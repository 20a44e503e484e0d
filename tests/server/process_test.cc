// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/process.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ebb {
namespace {

std::string ToTry(const std::vector<std::string>& bind, const std::string& password = {}) {
  Config config;
  config.port = 7000;
  config.bind = bind;
  config.requirepass = password;
  return CommandToTry(config);
}

TEST(CommandToTryTest, GoesWhereTheServerListens) {
  EXPECT_EQ(CommandToTry(Config()), "redis-cli -p 6379 set greeting hello");
  EXPECT_EQ(ToTry({"127.0.0.1", "-::1"}), "redis-cli -p 7000 set greeting hello");
  EXPECT_EQ(ToTry({"10.0.0.1", "127.0.0.1"}), "redis-cli -p 7000 set greeting hello");
  EXPECT_EQ(ToTry({"-10.9.9.9", "127.0.0.3"}), "redis-cli -h 127.0.0.3 -p 7000 set greeting hello");
  EXPECT_EQ(ToTry({"*"}), "redis-cli -p 7000 set greeting hello");
  EXPECT_EQ(ToTry({"127.0.0.2"}), "redis-cli -h 127.0.0.2 -p 7000 set greeting hello");
  EXPECT_EQ(ToTry({"::1"}), "redis-cli -h ::1 -p 7000 set greeting hello");
  EXPECT_EQ(ToTry({"::*"}), "redis-cli -h ::1 -p 7000 set greeting hello");
  Config config;
  config.unixsocket = "/run/ebb.sock";
  EXPECT_EQ(CommandToTry(config), "redis-cli -p 6379 set greeting hello");
  config.bind.clear();
  EXPECT_EQ(CommandToTry(config), "redis-cli -s /run/ebb.sock set greeting hello");
  config.bind = {"127.0.0.1"};
  config.port = 0;
  EXPECT_EQ(CommandToTry(config), "redis-cli -s /run/ebb.sock set greeting hello");
  config.unixsocket.clear();
  EXPECT_EQ(CommandToTry(config), "");
}

TEST(CommandToTryTest, AsksForThePasswordAndDoesNotTellIt) {
  EXPECT_EQ(ToTry({"127.0.0.1"}, "secret"), "redis-cli -p 7000 -a PASSWORD set greeting hello");
}

}  // namespace
}  // namespace ebb
