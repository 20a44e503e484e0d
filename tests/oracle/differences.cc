// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <array>

#include "tests/oracle/rules.h"

namespace ebb::oracle {
namespace {

// {command, the reference server's reply, Ebb's reply, why}
constexpr std::array<MeantDifference, 0> kMeantDifferences = {};

}  // namespace

std::span<const MeantDifference> MeantDifferences() {
  return kMeantDifferences;
}

}  // namespace ebb::oracle
