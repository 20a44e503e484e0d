// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// INFO beside redis-server's: what watches one finds its fields in the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::IsEmpty;

// Of which Ebb has no value: it does not estimate by samples how many keys are expired and still
// there, and its output needs no buffers that grow and shrink. The others tell of Redis's build.
const std::set<std::string> kUnknown = {
    "expired_stale_perc", "reply_buffer_shrinks", "reply_buffer_expands", "redis_git_sha1",
    "redis_git_dirty",    "redis_build_id",       "atomicvar_api"};

// The names of a section's fields, in their order.
std::vector<std::string> FieldNames(Connection& client, const std::string& section) {
  std::istringstream text(client.Command({"INFO", section}).text);
  std::vector<std::string> names;
  std::string line;
  while (std::getline(text, line)) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos) names.push_back(line.substr(0, colon));
  }
  return names;
}

TEST(InfoTest, HasRedissFieldsOnce) {
  ServerProcess ebb;
  ServerProcess redis({.program = "redis-server"});
  Connection client = ebb.Connect();
  Connection redis_client = redis.Connect();
  for (const char* section :
       {"server", "clients", "memory", "persistence", "stats", "replication", "cpu", "cluster"}) {
    const std::vector<std::string> names = FieldNames(client, section);
    const std::set<std::string> known(names.begin(), names.end());
    EXPECT_EQ(known.size(), names.size()) << section;
    const std::vector<std::string> wanted = FieldNames(redis_client, section);
    EXPECT_FALSE(wanted.empty()) << section;
    std::vector<std::string> missing;
    for (const std::string& name : wanted) {
      if (!known.contains(name) && !kUnknown.contains(name)) missing.push_back(name);
    }
    EXPECT_THAT(missing, IsEmpty()) << section;
  }
}

TEST(InfoTest, HasRedissSections) {
  ServerProcess ebb;
  ServerProcess redis({.program = "redis-server"});
  const auto titles = [](Connection client) {
    std::istringstream text(client.Command({"INFO", "everything"}).text);
    std::vector<std::string> found;
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with('#')) found.push_back(line);
    }
    return found;
  };
  EXPECT_EQ(titles(ebb.Connect()), titles(redis.Connect()));
}

// Not what a container may have of it.
TEST(InfoTest, TellsTheMachinesMemory) {
  ServerProcess ebb;
  ServerProcess redis({.program = "redis-server"});
  Connection client = ebb.Connect();
  Connection redis_client = redis.Connect();
  for (const char* field : {"total_system_memory", "total_system_memory_human"}) {
    EXPECT_EQ(client.Info(field), redis_client.Info(field));
  }
}

}  // namespace
}  // namespace ebb::test
