// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <vector>

#include "tests/oracle/link.h"
#include "tests/oracle/vocabulary.h"

namespace ebb::oracle {

struct TableDifference {
  std::string command;
  std::string what;  // "arity", "flags", "arguments" ...
  std::string reference;
  std::string ebb;
};

// Compares what both say of the commands that Ebb has, with COMMAND INFO and COMMAND DOCS:
// everything that programs read, none of the texts for people.
std::vector<TableDifference> CompareTables(const Vocabulary& vocabulary, Link& reference,
                                           Link& ebb);

}  // namespace ebb::oracle
