// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>

#include "protocol/output_buffer.h"
#include "storage/dispose.h"
#include "storage/value.h"

namespace ebb {

// Strings from this size on are sent by reference. Below, copying is cheaper than another piece to
// gather.
inline constexpr size_t kShareMin = 16 * 1024;

// Takes a reference to `string` for an output that is to send its bytes, and gives it back when
// they are sent or dropped. It may be the last one, and the string a big one: `disposer`, which
// outlives it, frees it then.
SharedOwner Lend(StringValue* string, Disposer& disposer);

}  // namespace ebb
