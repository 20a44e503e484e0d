// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Keys go into the trash and come back while it is swept, what lies in it moves, and the lazy-free
// thread frees what has left it. Beside a model.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/await.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class TrashChurnTest : public EngineTest {
 protected:
  static constexpr int64_t kTtlMs = 60'000;

  TrashChurnTest() {
    AllowDebug();
    Run({"CONFIG", "SET", "trash-ttl", std::to_string(kTtlMs / 1000), "trash-max-memory", "1gb"});
  }

  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint32_t>(bound)); }
  std::string AnyKey() { return "key:" + std::to_string(Below(60)); }
  std::string Digest(const std::string& key) {
    return Run({"DEBUG", "DIGEST-VALUE", key}).elements.at(0).text;
  }

  // A new value of any type, small or big, at a key that does not exist.
  void Create(const std::string& key) {
    static const std::vector<std::pair<std::string, int>> kKinds = {
        {"HSET", 2}, {"RPUSH", 1}, {"SADD", 1}, {"ZADD", 2}, {"SET", 0}};
    const auto& [command, words] = kKinds[static_cast<size_t>(Below(5))];
    const int size = Below(2) == 0 ? 1 + Below(20) : 300 + Below(500);
    std::vector<std::string> argv = {command, key};
    if (words == 0) argv.emplace_back(static_cast<size_t>(size) * 300, 'x');
    for (int i = 0; i < size * words; ++i) argv.push_back(std::to_string(Below(1'000'000)));
    ASSERT_FALSE(Run(argv).IsError());
    live_[key] = Digest(key);
  }

  void Delete(const std::string& key) {
    ASSERT_EQ(Run({"DEL", key}), Reply::Integer(1));
    dead_[key].emplace_back(engine().steady_ms(), live_[key]);
    live_.erase(key);
  }

  // Of a key that does not exist.
  void Restore(const std::string& key) {
    auto& versions = dead_[key];
    const bool found = !versions.empty() && engine().steady_ms() - versions.back().first < kTtlMs;
    ASSERT_EQ(Run({"TRASH", "RESTORE", key}), Reply::Integer(found ? 1 : 0)) << key;
    if (!found) return;
    live_[key] = versions.back().second;
    versions.pop_back();
    ASSERT_EQ(Digest(key), live_[key]) << key;
  }

  // A piece of everything that goes on beside the commands.
  void WorkABit() {
    engine().trash().SweepStep();
    if (!engine().defragger().running())
      engine().defragger().Begin(static_cast<DefragScope>(Below(3)));
    engine().defragger().RunSlice([] { return true; });
  }

  // With a write meanwhile, so that the keys come back one by one.
  void FlushAndRestore() {
    if (live_.empty()) return;
    const auto keys = static_cast<int64_t>(live_.size());
    ASSERT_EQ(Run({"FLUSHALL"}), Reply::Ok());
    Create("since:" + std::to_string(since_++));
    client().Send("TRASH RESTORE FLUSH\r\n");
    while (engine().flush_restore().pending()) {
      engine().flush_restore().Step();
      WorkABit();
    }
    ASSERT_EQ(client().Receive(), Reply::Integer(keys));
  }

  void FlushAndPurge() {
    Run({"FLUSHALL"});
    Run({"TRASH", "PURGE", "ALL"});
    live_.clear();
    dead_.clear();
  }

  void ExpectAll() {
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(static_cast<int64_t>(live_.size())));
    for (const auto& [key, digest] : live_) EXPECT_EQ(Digest(key), digest) << key;
  }

  std::mt19937 random_{7};
  std::map<std::string, std::string> live_;  // digests
  // Versions, newest last: when they died, and their digests.
  std::map<std::string, std::vector<std::pair<int64_t, std::string>>> dead_;
  int since_ = 0;
};

TEST_F(TrashChurnTest, WhatComesBackIsWhatWent) {
  const size_t empty = memory::UsedMemory();
  engine().StartThreads();
  for (int i = 0; i < 2000 && !HasFatalFailure(); ++i) {
    const std::string key = AnyKey();
    if (live_.contains(key)) {
      Delete(key);
    } else {
      Below(2) == 0 ? Create(key) : Restore(key);
    }
    WorkABit();
    if (Below(4) == 0) AdvanceTime(Below(5000));
    if (i % 200 == 199) FlushAndRestore();
    if (i % 700 == 699) FlushAndPurge();
  }
  ExpectAll();
  EXPECT_GT(engine().trash().counters().restored, 200u);
  EXPECT_GT(engine().trash().counters().purged_expired, 50u);
  EXPECT_GT(engine().defragger().rounds(), 10u);
  FlushAndPurge();
  while (engine().trash().SweepStep()) {
  }
  EXPECT_TRUE(Await([&] { return engine().lazy_free().pending_objects() == 0; }));
  EXPECT_GT(engine().lazy_free().freed_objects(), 50u);
  EXPECT_LE(memory::UsedMemory(), empty + 1'000'000);
}

}  // namespace
}  // namespace ebb::test
