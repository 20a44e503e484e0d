// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/lookup.h"

#include "server/engine.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

// Values from this size on are sent by reference. Below, copying is cheaper than another piece to gather.
constexpr size_t kShareMin = 16 * 1024;

}  // namespace

bool CheckType(Call& call, const Entry* entry, Type type) {
  if (entry == nullptr || entry->type() == type) return true;
  call.reply.Error(errors::kWrongType);
  return false;
}

Entry* ReadKey(Call& call, std::string_view key, Type type, bool* failed) {
  Entry* entry = call.db().Read(key);
  *failed = !CheckType(call, entry, type);
  return *failed ? nullptr : entry;
}

void ReplyString(Call& call, const Entry* entry) {
  if (entry == nullptr) return call.reply.Null();
  if (entry->is_inline()) return call.reply.Bulk(StringView(*entry));
  auto* value = static_cast<StringValue*>(entry->value());
  if (value->size < kShareMin) return call.reply.Bulk(value->view());
  Retain(value);
  call.reply.BulkShared(value->view(), SharedOwner(value, [](void* owner) {
                          Release(static_cast<StringValue*>(owner));
                        }));
}

void AssignArgument(Call& call, KeyWriter& writer, size_t index) {
  if (call.args[index].size() > Entry::kInlineMax) {
    if (auto large = call.session.transport.TakeLarge(index)) {
      const size_t offset = kLargeBulkHeadroom;
      const size_t size = large->size();
      const size_t block_bytes = large->block_bytes();
      return AssignString(writer, StringValue::Adopt(large->ReleaseBlock(), block_bytes, offset, size));
    }
  }
  AssignString(writer, call.args[index]);
}

}  // namespace ebb
