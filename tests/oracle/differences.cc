// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/rules.h"

namespace ebb::oracle {
namespace {

// {command, the reference server's reply, Ebb's reply, why}
constexpr MeantDifference kMeantDifferences[] = {
    {"object|refcount", R"(\(integer\) 2147483647)", R"(\(integer\) 1)",
     "small integers are one shared object in Redis; Ebb keeps them in the entry and shares none"},
};

}  // namespace

std::span<const MeantDifference> MeantDifferences() {
  return kMeantDifferences;
}

}  // namespace ebb::oracle
