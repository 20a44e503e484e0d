// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/keyspace_digest.h"

#include <cstdint>
#include <string_view>

#include "storage/type_ops.h"

namespace ebb {
namespace {

// Mixes a number in as four bytes, the highest first.
void MixNumber(uint32_t number, Digest& digest) {
  const char bytes[4] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                         static_cast<char>(number >> 8), static_cast<char>(number)};
  digest.Mix({bytes, sizeof bytes});
}

}  // namespace

void MixEntry(const Entry& entry, Digest& digest) {
  MixNumber(static_cast<uint32_t>(entry.type()), digest);
  OpsOf(entry.type()).digest(entry, digest);
  if (entry.has_expire()) digest.Xor("!!expire!!");
}

void MixKeyspace(const Keyspace& keyspace, Digest& digest) {
  bool empty = true;
  keyspace.ForEach([&](const Entry& entry) {
    if (empty) MixNumber(static_cast<uint32_t>(keyspace.id()), digest);
    empty = false;
    Digest of_key;
    of_key.Mix(entry.key());
    MixEntry(entry, of_key);
    digest.Xor(of_key);
  });
}

}  // namespace ebb
