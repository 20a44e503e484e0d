// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/set_member.h"

#include <cstring>

#include "storage/memory/allocator.h"

namespace ebb {

SetMember* SetMember::Make(std::string_view bytes) {
  auto* const block = static_cast<char*>(memory::Allocate(LengthSize(bytes.size()) + bytes.size()));
  std::memcpy(WriteLength(block, bytes.size()), bytes.data(), bytes.size());
  return reinterpret_cast<SetMember*>(block);
}

void SetMember::Free(SetMember* member) {
  memory::FreeAnySize(member, member->block_size());
}

}  // namespace ebb
