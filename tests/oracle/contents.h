// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <optional>
#include <string>

#include "tests/oracle/link.h"

namespace ebb::oracle {

struct ContentDifference {
  std::string what;  // a class: "value", "encoding", "expiry" ...
  std::string reference;
  std::string ebb;
};

// Compares all that two servers hold: keys, types, encodings, values, expiries, and the digest.
std::optional<ContentDifference> CompareContents(Link& reference, Link& ebb);

}  // namespace ebb::oracle
