// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/eviction.h"
#include "storage/memory/allocator.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {

// An engine with keys "key:0", "key:1" .. of 900 bytes each, and a limit.
class EvictionTest : public EngineTest {
 protected:
  void Set(const std::string& option, const std::string& value) {
    EXPECT_EQ(Run({"CONFIG", "SET", option, value}), Reply::Ok()) << option;
  }
  // Leaves `bytes` of room above what is used now.
  void Limit(size_t bytes) { Set("maxmemory", std::to_string(memory::UsedMemory() + bytes)); }
  Reply Write(int i, const std::string& ttl = "") {
    const std::string key = "key:" + std::to_string(i);
    if (ttl.empty()) return Run({"SET", key, value_});
    return Run({"SET", key, value_, "EX", ttl});
  }
  bool Has(int i) { return Run({"EXISTS", "key:" + std::to_string(i)}) == Reply::Integer(1); }
  int64_t Size() { return Run({"DBSIZE"}).integer; }
  uint64_t Evicted() { return engine().keyspace_counters().evicted; }

  // Some of a hundred keys have to go, and to find one takes longer than a slice; one has gone.
  void EvictInSlicesOfOneKey() {
    Set("maxmemory-policy", "allkeys-random");
    for (int i = 0; i < 100; ++i) Write(i);
    Limit(-size_t{50'000});
    time().LetLooksTake(600);
    Run({"PING"});
  }

  const std::string value_ = std::string(900, 'v');
};

}  // namespace ebb::test
