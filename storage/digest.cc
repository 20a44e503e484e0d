// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/digest.h"

#include <openssl/sha.h>

namespace ebb {
namespace {

using Bytes = std::array<uint8_t, 20>;

Bytes Sha1(std::string_view bytes) {
  Bytes hash;
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  return hash;
}

std::string_view AsText(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Digest::Xor(std::string_view bytes) {
  const Bytes hash = Sha1(bytes);
  for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] ^= hash[i];
}

void Digest::Xor(const Digest& other) {
  Xor(AsText(other.bytes_));
}

void Digest::Mix(std::string_view bytes) {
  Xor(bytes);
  bytes_ = Sha1(AsText(bytes_));
}

void Digest::Mix(const Digest& other) {
  Mix(AsText(other.bytes_));
}

void Digest::Combine(const Digest& other) {
  for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] ^= other.bytes_[i];
}

std::string Digest::Hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : bytes_) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace ebb
