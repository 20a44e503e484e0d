// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/hash.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "storage/random.h"

namespace ebb {
namespace {

// The hashes of the byte strings "", 00, 00 01, 00 01 02, .. under the key 00 01 .. 0f, as the
// authors of SipHash publish them with their reference code.
constexpr std::array<uint64_t, 20> kReference24 = {
    0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
    0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
    0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
    0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
    0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
};
constexpr std::array<uint64_t, 20> kReference13 = {
    0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb,
    0xcf75576088d38328, 0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140,
    0x369095118d299a8e, 0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352,
    0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34, 0xd320d86d2a519956,
    0xcc4fdd1a7d908b66, 0x9cf2689063dbd80c, 0x8ffc389cb473e63e, 0xf21f9de58d297d1c,
};

constexpr HashSeed kReferenceSeed{0x0706050403020100, 0x0f0e0d0c0b0a0908};

TEST(HashTest, ReferenceValues) {
  std::string bytes;
  for (size_t i = 0; i < kReference24.size(); ++i) {
    EXPECT_EQ(SipHash24(kReferenceSeed, bytes), kReference24[i]) << "length " << i;
    EXPECT_EQ(SipHash13(kReferenceSeed, bytes), kReference13[i]) << "length " << i;
    bytes.push_back(static_cast<char>(i));
  }
}

// Values that need bytes above 0x7f, every tail length and more than one word.
TEST(HashTest, EveryByteCounts) {
  const HashSeed seed{1, 2};
  RandomGenerator random(1);
  for (size_t length = 1; length <= 40; ++length) {
    std::string bytes(length, 0);
    for (char& byte : bytes) byte = static_cast<char>(random());
    std::set<uint64_t> hashes{SipHash13(seed, bytes)};
    for (size_t i = 0; i < length; ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string other = bytes;
        other[i] = static_cast<char>(other[i] ^ (1 << bit));
        hashes.insert(SipHash13(seed, other));
      }
    }
    EXPECT_EQ(hashes.size(), 8 * length + 1) << "length " << length;
  }
}

TEST(HashTest, ReadsNothingBeyondTheBytes) {
  // The same bytes at the end of exactly sized blocks: the address sanitizer watches.
  for (size_t length = 0; length <= 24; ++length) {
    auto block = std::make_unique<char[]>(length);
    for (size_t i = 0; i < length; ++i) block[i] = static_cast<char>(i);
    const std::string_view bytes(block.get(), length);
    EXPECT_EQ(SipHash13(kReferenceSeed, bytes),
              SipHash13(kReferenceSeed, std::string(bytes) + std::string()));
  }
}

TEST(HashTest, SeedDecides) {
  const HashSeed before = GetHashSeed();
  SetHashSeed({1, 2});
  const uint64_t first = HashBytes("key");
  EXPECT_EQ(first, SipHash13({1, 2}, "key"));
  SetHashSeed({1, 3});
  EXPECT_NE(HashBytes("key"), first);
  SetHashSeed(before);
  const HashSeed a = RandomHashSeed();
  const HashSeed b = RandomHashSeed();
  EXPECT_TRUE(a.k0 != b.k0 || a.k1 != b.k1);
}

// Each bit of the hash, which the dict uses from both ends, is set for half of the keys.
TEST(HashTest, AllBitsAreFair) {
  constexpr int kKeys = 20000;
  std::array<int, 64> ones{};
  for (int i = 0; i < kKeys; ++i) {
    const uint64_t hash = SipHash13(kReferenceSeed, "key:" + std::to_string(i));
    for (size_t bit = 0; bit < 64; ++bit) ones[bit] += hash >> bit & 1;
  }
  // Five standard deviations.
  for (int count : ones) EXPECT_NEAR(count, kKeys / 2, 355);
}

}  // namespace
}  // namespace ebb
