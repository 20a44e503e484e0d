// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/hash.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "storage/random.h"

namespace ebb {
namespace {

uint64_t LoadWord(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

uint32_t LoadHalf(const char* bytes) {
  uint32_t half;
  std::memcpy(&half, bytes, sizeof(half));
  return half;
}

// The 0..7 bytes after the last whole word, as a little-endian number. Loads that overlap instead
// of a loop over bytes.
uint64_t LoadTail(const char* bytes, size_t count) {
  if (count >= 4) {
    const uint64_t last = LoadHalf(bytes + count - 4);
    return LoadHalf(bytes) | last << (8 * (count - 4));
  }
  if (count == 0) return 0;
  const auto at = [bytes](size_t i) { return uint64_t{static_cast<unsigned char>(bytes[i])}; };
  return at(0) | at(count / 2) << (8 * (count / 2)) | at(count - 1) << (8 * (count - 1));
}

struct State {
  uint64_t v0, v1, v2, v3;

  template <int kTimes>
  void Rounds() {
    for (int i = 0; i < kTimes; ++i) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  }

  template <int kTimes>
  void Absorb(uint64_t word) {
    v3 ^= word;
    Rounds<kTimes>();
    v0 ^= word;
  }
};

template <int kCompression, int kFinal>
uint64_t SipHash(HashSeed seed, std::string_view bytes) {
  State state{seed.k0 ^ 0x736f6d6570736575, seed.k1 ^ 0x646f72616e646f6d,
              seed.k0 ^ 0x6c7967656e657261, seed.k1 ^ 0x7465646279746573};
  const char* at = bytes.data();
  for (size_t words = bytes.size() / 8; words > 0; --words, at += 8) {
    state.Absorb<kCompression>(LoadWord(at));
  }
  const uint64_t length = uint64_t{bytes.size()} << 56;
  state.Absorb<kCompression>(length | LoadTail(at, bytes.size() % 8));
  state.v2 ^= 0xff;
  state.Rounds<kFinal>();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

HashSeed process_seed = RandomHashSeed();

}  // namespace

HashSeed RandomHashSeed() {
  return {SecretBits(), SecretBits()};
}

HashSeed GetHashSeed() {
  return process_seed;
}

void SetHashSeed(HashSeed seed) {
  process_seed = seed;
}

uint64_t HashBytes(std::string_view bytes) {
  return SipHash<1, 3>(process_seed, bytes);
}

uint64_t HashAddresses(const void* one, const void* other) {
  const std::array<const void*, 2> both = {one, other};
  return HashBytes({reinterpret_cast<const char*>(both.data()), sizeof both});
}

uint64_t SipHash13(HashSeed seed, std::string_view bytes) {
  return SipHash<1, 3>(seed, bytes);
}

uint64_t SipHash24(HashSeed seed, std::string_view bytes) {
  return SipHash<2, 4>(seed, bytes);
}

}  // namespace ebb
