// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>

// The hash of every table that clients can fill: SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast
// short-input PRF") under a secret seed, so that nobody who does not know the seed can choose keys
// that collide.
//
// Thread: any, once the seed is set.
namespace ebb {

struct HashSeed {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};

// A seed from the kernel's random source. Ends the process when there is none.
HashSeed RandomHashSeed();

// The process's seed. It is random from the start; set another one only before the first table is
// filled (tests that want the same run twice).
HashSeed GetHashSeed();
void SetHashSeed(HashSeed seed);

// The 64-bit hash of `bytes` under the process's seed. About 10 ns for 16 bytes.
uint64_t HashBytes(std::string_view bytes);

// The hash of two addresses, for tables of what stands between two things.
uint64_t HashAddresses(const void* one, const void* other);

// For the standard library's tables of what clients send: its own hash is known to everybody.
struct BytesHasher {
  size_t operator()(std::string_view bytes) const { return HashBytes(bytes); }
};

// The hash of bytes that somebody has needed before, known by the place where they are.
struct KnownHash {
  std::string_view bytes = {};
  uint64_t hash = 0;

  // The hash of `asked`. REQUIRES: what is at the place of `bytes` has not changed.
  uint64_t Of(std::string_view asked) const {
    const bool known = asked.data() == bytes.data() && asked.size() == bytes.size();
    return known && !asked.empty() ? hash : HashBytes(asked);
  }
};

// The plain function under a given seed.
uint64_t SipHash13(HashSeed seed, std::string_view bytes);

// Its slower sibling with published reference values; the tests check the shared code through it.
uint64_t SipHash24(HashSeed seed, std::string_view bytes);

}  // namespace ebb
