// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/lookup.h"

#include <climits>
#include <optional>

#include "server/engine.h"
#include "server/loan.h"
#include "storage/types/string.h"

namespace ebb {

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
  const StringView value(*entry);
  if (entry->is_inline()) return call.reply.Bulk(value);
  ReplySubstring(call, *entry, 0, value.size());
}

void ReplySubstring(Call& call, const Entry& entry, size_t offset, size_t size) {
  const StringView whole(entry);
  const std::string_view part = whole.view().substr(offset, size);
  // A small part is not worth keeping the whole for.
  if (entry.is_inline() || size < kShareMin || size < whole.size() / 2)
    return call.reply.Bulk(part);
  auto* value = static_cast<StringValue*>(entry.value());
  call.reply.BulkShared(part, call.engine.loans().Lend(value));
}

void CountRead(Call& call, const KeyWriter& writer) {
  call.db().CountLookUp(writer.key(), writer.exists());
}

bool CheckStringLength(Call& call, size_t size, size_t more) {
  size_t total = 0;
  if (!__builtin_add_overflow(size, more, &total) &&
      total <= call.engine.options().proto_max_bulk_len_bytes) {
    return true;
  }
  call.reply.Error(errors::kStringTooLong);
  return false;
}

void ReplyWrongArity(Call& call) {
  call.reply.Error(errors::WrongArity(call.spec.name));
}

int TakeDatabase(ArgParser& parser, const Call& call) {
  constexpr std::string_view kNoInt =
      "ERR value is out of range, value must between -2147483648 and 2147483647";
  const int64_t index = parser.Integer();
  if (index < INT_MIN || index > INT_MAX) {
    parser.Fail(kNoInt);
  } else if (index < 0 || index >= call.engine.db_count()) {
    parser.Fail(errors::kDbOutOfRange);
  }
  return parser.HasError() ? 0 : static_cast<int>(index);
}

StringValue* TakeArgument(Call& call, size_t index) {
  // Monitors are shown the argument afterwards: it must stay where it is.
  if (call.args[index].size() < kLargeBulkMin || !call.engine.monitors().empty()) return nullptr;
  const Session& session = call.session;
  // While EXEC runs, the transport's arguments are those of EXEC.
  std::optional<LargeBulk> large = session.transaction.running != nullptr
                                       ? session.transaction.TakeLarge(index)
                                       : session.transport.TakeLarge(index);
  if (!large) return nullptr;
  call.NoteMoved(index);
  const size_t size = large->size();
  const size_t block_bytes = large->block_bytes();
  return StringValue::Adopt(large->ReleaseBlock(), block_bytes, kLargeBulkHeadroom, size);
}

void AssignArgument(Call& call, KeyWriter& writer, size_t index) {
  if (StringValue* taken = TakeArgument(call, index)) return AssignString(writer, taken);
  AssignString(writer, call.args[index]);
}

}  // namespace ebb
