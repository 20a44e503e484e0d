// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {

// A server whose trash keeps what is deleted and flushed for a minute.
class WithTrashTest : public EngineTest {
 protected:
  WithTrashTest() {
    Set("trash-max-memory", "64mb");
    Set("trash-ttl", "60");
    AllowDebug();
  }

  void Set(const std::string& option, const std::string& value) {
    EXPECT_EQ(Run({"CONFIG", "SET", option, value}), Reply::Ok()) << option;
  }

  std::string Digest() { return Run({"DEBUG", "DIGEST"}).text; }

  // Has all come to its end that goes on between the commands.
  void Settle() {
    do {
      engine().cron().RunSlice();
    } while (engine().cron().work_pending());
  }

  // A whole round of the defragger; answers how many blocks it has moved.
  uint64_t DefragRound() {
    const uint64_t before = engine().defragger().mover().counters().moved;
    engine().defragger().Begin();
    while (engine().defragger().running()) engine().defragger().RunSlice([] { return true; });
    return engine().defragger().mover().counters().moved - before;
  }

  // A field of TRASH INFO's or TRASH FLUSHES' maps.
  static std::string Field(const Reply& map, const std::string& name) {
    for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
      if (map.elements[i].text != name) continue;
      const Reply& value = map.elements[i + 1];
      return value.kind == Reply::Kind::kInteger ? std::to_string(value.integer) : value.text;
    }
    return "no " + name;
  }
};

}  // namespace ebb::test
