// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <gtest/gtest.h>

#include "storage/keyspace.h"
#include "storage/memory/allocator.h"
#include "tests/support/nobody_listens.h"

namespace ebb::test {

// A database without a server. What takes long to free waits for FreeAll.
class KeyspaceFixture : public testing::Test {
 protected:
  void FreeAll() {
    while (lazy_free_.Step()) {
    }
  }

  const memory::ThreadAccount account_;
  Clock clock_;
  NobodyListens nobody_;
  KeyspaceCounters counters_;
  LazyFree lazy_free_;
  KeyspaceContext context_{.clock = clock_,
                           .observer = nobody_,
                           .counters = counters_,
                           .disposer = Disposer(&lazy_free_)};
  Keyspace db_{0, context_};
};

}  // namespace ebb::test
