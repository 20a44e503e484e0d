// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/chaos/mischief.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/random.h"
#include "tests/support/raw_client.h"

namespace ebb::chaos {

// Clients that all talk at once: they send without waiting for replies, read late or never, break
// off in the midst of a command, send what is no command, leave and come back.
class Crowd {
 public:
  Crowd(int port, const oracle::Generator& generator, uint64_t seed, size_t clients);

  // One of them does something.
  void Step();

  // All leave.
  void Leave() { seats_.clear(); }

  uint64_t said() const { return said_; }        // commands
  uint64_t joined() const { return joined_; }    // connections
  uint64_t refused() const { return refused_; }  // connections that did not come about

 private:
  struct Member {
    Member(test::RawClient connected, std::vector<oracle::Step> steps)
        : socket(std::move(connected)), stream(std::move(steps)) {}

    test::RawClient socket;
    std::vector<oracle::Step> stream;  // from the oracle's generator
    size_t at = 0;                     // in the stream
    std::string unsent;
  };

  // Whether somebody sits there then.
  bool Join(std::optional<Member>& seat);
  std::string NextCommand(Member& member);
  std::string NextBytes(Member& member);

  const int port_;
  const oracle::Generator& generator_;
  oracle::Random random_;
  Mischief mischief_;
  std::vector<std::optional<Member>> seats_;
  uint64_t said_ = 0;
  uint64_t joined_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace ebb::chaos
