// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command.h"
#include "storage/key_writer.h"

// What the commands on single bits and those on bit fields share.
namespace ebb {

// A bit's offset, within the longest string that proto-max-bulk-len allows. With a `field_width`
// other than 0, "#n" means the n-th field of that width. Nothing when it is none: the error has
// been written.
std::optional<uint64_t> ParseBitOffset(Call& call, std::string_view text, unsigned field_width = 0);

// Makes the writer's string (the key may be missing; another type is not allowed) long enough for
// the bit `last` and answers its bytes to edit; `*grown` says whether it had to grow. Null when
// memory cannot be had: the error has been written.
char* EditBits(Call& call, KeyWriter& writer, uint64_t last, bool* grown);

}  // namespace ebb
