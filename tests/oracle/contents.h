// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/link.h"
#include "tests/oracle/vocabulary.h"

namespace ebb::oracle {

struct ContentDifference {
  std::string what;  // a class: "value", "encoding", "expiry" ...
  std::string reference;
  std::string ebb;
};

// Compares all that two servers hold: keys, types, encodings, values, expiries, and the digest.
// `keys` are those to ask for when Ebb cannot list them.
std::optional<ContentDifference> CompareContents(const Vocabulary& vocabulary, Link& reference,
                                                 Link& ebb, const std::vector<std::string>& keys);

}  // namespace ebb::oracle
