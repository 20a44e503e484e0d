// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "storage/digest.h"
#include "storage/entry.h"
#include "storage/keyspace.h"

// Digests of whole data, by the scheme of Redis's DEBUG DIGEST: equal data gives what Redis gives.
namespace ebb {

// Mixes an entry's type, content and whether it expires into `digest`; not its key, nor when it
// expires. O(value).
void MixEntry(const Entry& entry, Digest& digest);

// Mixes the live keys of a database into `digest` and, unless there are none, its number. The order
// of calls matters. O(bytes of all keys and values).
void MixKeyspace(const Keyspace& keyspace, Digest& digest);

}  // namespace ebb
