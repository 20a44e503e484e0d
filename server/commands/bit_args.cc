// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/bit_args.h"

#include <algorithm>

#include "server/engine.h"
#include "server/errors.h"
#include "storage/types/string.h"

namespace ebb {

std::optional<uint64_t> ParseBitOffset(Call& call, std::string_view text, unsigned field_width) {
  const bool counts_fields = field_width > 0 && text.starts_with('#');
  const auto number = ParseInteger(counts_fields ? text.substr(1) : text);
  int64_t offset = 0;
  if (number && *number >= 0 &&
      !__builtin_mul_overflow(*number, counts_fields ? int64_t{field_width} : 1, &offset) &&
      static_cast<uint64_t>(offset) / 8 < call.engine.options().proto_max_bulk_len_bytes) {
    return static_cast<uint64_t>(offset);
  }
  call.reply.Error("ERR bit offset is not an integer or out of range");
  return std::nullopt;
}

char* EditBits(Call& call, KeyWriter& writer, uint64_t last, bool* grown) {
  const size_t old_size = writer.exists() ? StringSize(*writer.entry()) : 0;
  const size_t size = std::max<size_t>(old_size, last / 8 + 1);
  char* bytes = EditString(writer, size);
  if (bytes == nullptr) call.reply.Error(errors::kNoMemory);
  *grown = size > old_size;
  return bytes;
}

}  // namespace ebb
