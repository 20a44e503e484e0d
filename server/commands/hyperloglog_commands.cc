// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "server/text.h"
#include "storage/key_writer.h"
#include "storage/types/hyperloglog.h"
#include "storage/types/string.h"

// HyperLogLogs: strings of a particular kind. What their bytes mean: storage/types/hyperloglog.h.
namespace ebb {
namespace {

constexpr std::string_view kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

// Whether `entry` (null: absent, which is fine) is a HyperLogLog; otherwise the error has been
// written.
bool CheckHyperLogLog(Call& call, const Entry* entry) {
  if (!CheckType(call, entry, Type::kString)) return false;
  if (entry == nullptr || hll::IsValid(StringView(*entry))) return true;
  call.reply.Error("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return false;
}

// The bytes of the writer's HyperLogLog, to be changed where they are, raw from now on. Null when
// memory cannot be had: the error has been written.
char* EditBytes(Call& call, KeyWriter& writer, size_t size) {
  char* bytes = EditString(writer, size);
  if (bytes == nullptr) call.reply.Error(errors::kNoMemory);
  return bytes;
}

// ------------------------------------------------------------------------------------------ adding

// What PFADD has done.
struct Additions {
  uint64_t changes = 0;  // registers raised; and 1 for a new key
  bool corrupt = false;

  void Count(hll::Raised raised) {
    if (raised == hll::Raised::kYes) ++changes;
    if (raised == hll::Raised::kCorrupt) corrupt = true;
  }
};

// Shows elements to a dense one, in place. False when memory cannot be had, as above.
bool AddToDense(Call& call, KeyWriter& writer, Args elements, Additions* additions) {
  char* bytes = EditBytes(call, writer, hll::kDenseSize);
  if (bytes == nullptr) return false;
  for (const std::string_view element : elements) {
    additions->Count(hll::RaiseDense(bytes, hll::MarkOf(element)));
  }
  if (additions->changes > 0) hll::ForgetCount(bytes);
  return true;
}

// Shows them to a sparse one, or to a new one. What was done before it shows that it is corrupt
// stays done.
void AddToSparse(Call& call, KeyWriter& writer, Args elements, Additions* additions) {
  if (writer.exists() && StringSize(*writer.entry()) > hll::kMaxSparseSize) {
    additions->corrupt = true;  // and not worth the copy
    return;
  }
  std::string bytes = hll::Empty();
  if (writer.exists()) bytes = StringView(*writer.entry()).view();
  if (!writer.exists()) ++additions->changes;
  const size_t max_bytes = call.engine.options().hll_sparse_max_bytes;
  for (const std::string_view element : elements) {
    additions->Count(hll::Raise(&bytes, hll::MarkOf(element), max_bytes));
    if (additions->corrupt) break;
  }
  if (additions->changes > 0 && !additions->corrupt) hll::ForgetCount(bytes.data());
  if (additions->changes > 0 || additions->corrupt ||
      writer.entry()->encoding() != Encoding::kRaw) {
    AssignRaw(writer, bytes);
  }
}

void PfAdd(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckHyperLogLog(call, writer.entry())) return;
  const Args elements = call.args.subspan(2);

  Additions additions;
  if (writer.exists() && hll::IsDense(StringView(*writer.entry()))) {
    if (!AddToDense(call, writer, elements, &additions)) return;
  } else {
    AddToSparse(call, writer, elements, &additions);
  }

  if (additions.corrupt) {
    writer.Changed(events::kUntold, 0);
    return call.reply.Error(kCorrupt);
  }
  if (additions.changes > 0) writer.Changed(events::kPfAdd, additions.changes);
  call.reply.Integer(additions.changes > 0 ? 1 : 0);
}

// ---------------------------------------------------------------------------------------- counting

// Merges what is at `keys`. False when there is something else: the error has been written.
bool MergeKeys(Call& call, Args keys, hll::Registers* registers, bool* any_dense) {
  for (const std::string_view key : keys) {
    const Entry* entry = call.db().Read(key);
    if (!CheckHyperLogLog(call, entry)) return false;
    if (entry == nullptr) continue;
    const StringView bytes(*entry);
    if (!hll::Merge(bytes, registers)) {
      call.reply.Error(kCorrupt);
      return false;
    }
    *any_dense = *any_dense || hll::IsDense(bytes);
  }
  return true;
}

// Counts anew, and keeps the result with the key for who asks next.
void CountAndKeep(Call& call, std::string_view key) {
  KeyWriter writer(call.db(), key);
  const size_t size = StringSize(*writer.entry());
  char* bytes = EditBytes(call, writer, size);
  if (bytes == nullptr) return;
  const std::string_view view(bytes, size);
  const bool kept = hll::KeptCount(view).has_value();
  const std::optional<uint64_t> count = kept ? hll::KeptCount(view) : hll::Count(view);
  if (!count) return call.reply.Error(kCorrupt);
  if (!kept) {
    hll::KeepCount(bytes, *count);
    writer.Changed(events::kUntold);
  }
  call.reply.Integer(static_cast<int64_t>(*count));
}

void CountOne(Call& call, std::string_view key) {
  const Entry* entry = call.db().Read(key);
  if (!CheckHyperLogLog(call, entry)) return;
  if (entry == nullptr) return call.reply.Integer(0);
  const std::optional<uint64_t> kept = hll::KeptCount(StringView(*entry));
  // One that was SET becomes raw, as by every other command.
  if (!kept || entry->encoding() != Encoding::kRaw) return CountAndKeep(call, key);
  call.reply.Integer(static_cast<int64_t>(*kept));
}

void PfCount(Call& call) {
  if (call.args.size() == 2) return CountOne(call, call.args[1]);
  hll::Registers registers{};
  bool any_dense = false;
  if (!MergeKeys(call, call.args.subspan(1), &registers, &any_dense)) return;
  call.reply.Integer(static_cast<int64_t>(hll::Count(registers)));
}

void PfMerge(Call& call) {
  hll::Registers registers{};
  bool any_dense = false;
  if (!MergeKeys(call, call.args.subspan(1), &registers, &any_dense)) return;

  KeyWriter writer(call.db(), call.args[1]);
  std::string bytes = hll::Empty();
  if (writer.exists()) bytes = StringView(*writer.entry()).view();
  if (any_dense) hll::MakeDense(&bytes);
  const size_t max_bytes = call.engine.options().hll_sparse_max_bytes;
  for (size_t i = 0; i < registers.size(); ++i) {
    if (registers[i] > 0) hll::Raise(&bytes, {i, registers[i]}, max_bytes);
  }
  hll::ForgetCount(bytes.data());
  AssignRaw(writer, bytes);
  writer.Changed(events::kPfAdd);
  call.reply.Ok();
}

// --------------------------------------------------------------------------------------- debugging

// Makes the writer's HyperLogLog dense; false when it is corrupt: the error has been written.
bool MakeDense(Call& call, KeyWriter& writer) {
  std::string bytes(StringView(*writer.entry()).view());
  if (!hll::MakeDense(&bytes)) {
    call.reply.Error(kCorrupt);
    return false;
  }
  AssignRaw(writer, bytes);
  writer.Changed(events::kUntold);
  return true;
}

void GetRegisters(Call& call, KeyWriter& writer, bool dense) {
  if (!dense && !MakeDense(call, writer)) return;
  hll::Registers registers{};
  hll::Merge(StringView(*writer.entry()), &registers);
  call.reply.Array(registers.size());
  for (const uint8_t value : registers) call.reply.Integer(value);
}

void PfDebug(Call& call) {
  const std::string_view subcommand = call.args[1];
  KeyWriter writer(call.db(), call.args[2]);
  if (!writer.exists()) return call.reply.Error("ERR The specified key does not exist");
  if (!CheckHyperLogLog(call, writer.entry())) return;
  const size_t size = StringSize(*writer.entry());
  const char* bytes = EditBytes(call, writer, size);
  if (bytes == nullptr) return;

  const bool dense = hll::IsDense({bytes, size});
  if (EqualsIgnoreCase(subcommand, "GETREG")) {
    GetRegisters(call, writer, dense);
  } else if (EqualsIgnoreCase(subcommand, "DECODE")) {
    if (dense) return call.reply.Error("ERR HLL encoding is not sparse");
    call.reply.Bulk(hll::DescribeRuns({bytes, size}));
  } else if (EqualsIgnoreCase(subcommand, "ENCODING")) {
    call.reply.SimpleString(dense ? "dense" : "sparse");
  } else if (EqualsIgnoreCase(subcommand, "TODENSE")) {
    if (!dense && !MakeDense(call, writer)) return;
    call.reply.Integer(dense ? 0 : 1);
  } else {
    call.reply.Error(fmt::format("ERR Unknown PFDEBUG subcommand '{}'", UntilNul(subcommand)));
  }
}

// Shows the same elements to a dense one and to one that begins sparse, and looks at their
// estimates on the way, which are six times the standard error off at most. Some milliseconds.
void PfSelfTest(Call& call) {
  constexpr uint64_t kElements = 20000;
  constexpr size_t kMaxSparseBytes = 3000;
  const double tolerance = 6 * 1.04 / std::sqrt(static_cast<double>(hll::kRegisters));
  std::string sparse = hll::Empty();
  std::string dense = hll::Empty();
  hll::MakeDense(&dense);
  uint64_t next_look = 1;
  for (uint64_t i = 1; i <= kElements; ++i) {
    const std::string_view element(reinterpret_cast<const char*>(&i), sizeof i);
    hll::Raise(&sparse, hll::MarkOf(element), kMaxSparseBytes);
    hll::RaiseDense(dense.data(), hll::MarkOf(element));
    if (i < next_look && i < kElements) continue;
    next_look *= 2;
    const double count = static_cast<double>(hll::Count(dense).value_or(0));
    const double wanted = static_cast<double>(i);
    if (hll::Count(sparse) != hll::Count(dense) ||
        std::abs(count - wanted) > std::max(1.0, wanted * tolerance)) {
      return call.reply.Error(fmt::format("ERR {} elements are estimated to be {}", i, count));
    }
  }
  call.reply.Ok();
}

constexpr CommandSpec kCommands[] = {
    {.name = "pfadd",
     .function = PfAdd,
     .arity = -2,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "2.8.9",
     .complexity = "O(1) for each element",
     .syntax = "key [element [element ...]]",
     .summary = "Shows elements to a HyperLogLog; answers whether its estimate may have changed."},
    {.name = "pfcount",
     .function = PfCount,
     .arity = -2,
     .flags = kReadOnly | kMayReplicate,
     .keys = {KeySpec{.flags = kKeyRw | kKeyAccess,
                      .begin = KeySpec::Begin::kIndex,
                      .begin_index = 1,
                      .last = -1,
                      .notes = "What was counted is kept with the key"}},
     .since = "2.8.9",
     .complexity = "O(1) for one key, mostly from what is kept with it; O(N) for N keys",
     .syntax = "key [key ...]",
     .summary = "Estimates how many different elements HyperLogLogs were shown together."},
    {.name = "pfdebug",
     .function = PfDebug,
     .arity = 3,
     .flags = kWrite | kDenyOom | kAdmin,
     .keys = {KeyAt(2, kKeyRw | kKeyAccess)},
     .since = "2.8.9",
     .complexity = "O(N) where N is the size of the value",
     .syntax = "subcommand:string key",
     .summary = "Shows the inside of a HyperLogLog: GETREG, DECODE, ENCODING, TODENSE.",
     .system = true},
    {.name = "pfmerge",
     .function = PfMerge,
     .arity = -2,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyInsert), KeyRange(2, -1, 1, kKeyRo | kKeyAccess)},
     .since = "2.8.9",
     .complexity = "O(N) to merge N HyperLogLogs",
     .syntax = "destkey:key sourcekey:key [sourcekey:key ...]",
     .summary = "Makes a HyperLogLog of what several were shown."},
    {.name = "pfselftest",
     .function = PfSelfTest,
     .arity = 1,
     .flags = kAdmin,
     .since = "2.8.9",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Tries the estimates with some thousand elements.",
     .system = true},
};

}  // namespace

constexpr CommandFamily kHyperLogLogFamily{
    .group = "hyperloglog", .acl = kAclHyperLogLog, .commands = kCommands};

}  // namespace ebb
