// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/oracle/pools.h"
#include "tests/oracle/random.h"
#include "tests/oracle/vocabulary.h"

namespace ebb::oracle {

// Clients of each server; the later half says HELLO 3, unless all are to speak one protocol.
inline constexpr int kClients = 4;

// Keys with less to live are waited for, so that they are gone for whatever follows.
inline constexpr std::chrono::milliseconds kAtOnce{2};

struct Step {
  int client = 0;
  bool inlined = false;  // sent as a line instead of an array
  Argv argv = {};
};

// What the streams are made of.
struct StreamOptions {
  uint64_t seed = 1;
  std::vector<std::string> only;  // commands; empty: all
  size_t round_length = 1000;
};

// Makes the rounds of a stream: a round starts with empty servers and depends on nothing but the
// vocabulary, the seed and its number.
class Generator {
 public:
  Generator(const Vocabulary& vocabulary, StreamOptions options);

  std::vector<Step> Round(uint64_t number) const;

  // The commands in the streams.
  const std::vector<const CommandModel*>& commands() const { return commands_; }

 private:
  const Vocabulary& vocabulary_;
  const StreamOptions options_;
  std::vector<const CommandModel*> commands_;
};

}  // namespace ebb::oracle
