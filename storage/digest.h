// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ebb {

// A 160-bit digest of data: SHA-1 values combined either in order (Mix) or regardless of order
// (XOR), so that equal content has an equal digest whatever its encoding or the order it was stored
// in. The scheme, and so the digest of equal data, is that of Redis's DEBUG DIGEST. Not for
// security.
class Digest {
 public:
  // XORs the hash of `bytes` in: the order of calls does not matter.
  void Xor(std::string_view bytes);

  // XORs the hash of the other digest in.
  void Xor(const Digest& other);

  // XORs the hash of `bytes` in, then hashes the whole: the order matters.
  void Mix(std::string_view bytes);
  void Mix(const Digest& other);

  // XORs `other` itself in, unhashed.
  void Combine(const Digest& other);

  std::string Hex() const;

  bool operator==(const Digest&) const = default;

 private:
  std::array<uint8_t, 20> bytes_{};
};

}  // namespace ebb
