// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace ebb::oracle {

// Random numbers that are the same for a seed on every machine and with every standard library,
// which the standard's distributions are not.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0) {
    std::seed_seq mix{seed & 0xffffffff, seed >> 32, stream & 0xffffffff, stream >> 32};
    engine_.seed(mix);
  }

  uint64_t Next() { return engine_(); }

  // 0 .. count - 1; count > 0.
  size_t Below(size_t count) { return static_cast<size_t>(engine_() % count); }

  // low .. high, both included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<size_t>(high - low) + 1));
  }

  bool Chance(double probability) {
    return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
  }

  template <typename Container>
  const auto& Pick(const Container& choices) {
    return choices[Below(std::size(choices))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace ebb::oracle
