// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

namespace ebb {

// 64 bits from the kernel's random source, for secrets. A system call; ends the process when the
// kernel has none.
uint64_t SecretBits();

// A small, fast generator for choices that need no secrecy: samples, random keys (SplitMix64:
// Steele, Lea, Flood, "Fast splittable pseudorandom number generators"). Also a generator for the
// standard library's distributions.
class RandomGenerator {
 public:
  using result_type = uint64_t;
  explicit RandomGenerator(uint64_t seed) : state_(seed) {}

  uint64_t operator()() { return Mix(state_ += kIncrement); }

  // What the call after `skipped` others will answer.
  uint64_t Peek(uint64_t skipped) const { return Mix(state_ + (skipped + 1) * kIncrement); }

  // A number below `limit` > 0, each equally likely but for a bias of less than limit / 2^64.
  uint64_t Below(uint64_t limit) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>((*this)()) * limit) >> 64);
  }

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }

 private:
  static constexpr uint64_t kIncrement = 0x9e3779b97f4a7c15;

  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

// The calling thread's own generator, seeded from SecretBits.
RandomGenerator& ThreadRandom();

}  // namespace ebb
