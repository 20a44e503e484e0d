// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "server/command.h"

namespace ebb {

// One key among a command's arguments, and what the command does with it.
struct KeyPlace {
  size_t index;    // into the arguments
  uint32_t flags;  // KeyFlag
};

// The keys of a call; `args` has passed the arity check. Nothing for a call whose arguments do not
// fit together.
std::vector<KeyPlace> FindKeys(const CommandSpec& spec, Args args);

// Whether any key specification exists.
bool HasKeys(const CommandSpec& spec);

// First key, last key (negative: from the end) and step, as COMMAND always told them; all 0 without
// keys.
struct LegacyKeys {
  int first = 0;
  int last = 0;
  int step = 0;
};
LegacyKeys LegacyKeysOf(const CommandSpec& spec);

}  // namespace ebb
