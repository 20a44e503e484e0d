// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/bit_args.h"
#include "server/commands/families.h"
#include "server/commands/index_range.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/key_writer.h"
#include "storage/types/bits.h"
#include "storage/types/string.h"

// Strings as arrays of bits. Several bits as numbers: bitfield_commands.cc.
namespace ebb {
namespace {

void SetBit(Call& call) {
  const auto offset = ParseBitOffset(call, call.args[2]);
  if (!offset) return;
  const auto value = ParseInteger(call.args[3]);
  if (!value || *value < 0 || *value > 1) {
    return call.reply.Error("ERR bit is not an integer or out of range");
  }

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kString)) return;
  bool changed = false;
  char* bytes = EditBits(call, writer, *offset, &changed);
  if (bytes == nullptr) return;
  const bool old = bits::Get({bytes, *offset / 8 + 1}, *offset);
  bits::Set(bytes, *offset, *value == 1);
  if (changed || old != (*value == 1)) writer.Changed(events::kSetBit);
  call.reply.Integer(old ? 1 : 0);
}

void GetBit(Call& call) {
  const auto offset = ParseBitOffset(call, call.args[2]);
  if (!offset) return;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (failed) return;
  call.reply.Integer(entry != nullptr && bits::Get(StringView(*entry), *offset) ? 1 : 0);
}

// BIT or BYTE: how many bits a unit has.
uint64_t ParseIndexUnit(ArgParser& parser) {
  if (parser.Take("BIT")) return 1;
  if (!parser.Take("BYTE")) parser.SyntaxError();
  return 8;
}

// A range in units of `unit` bits as one in bits.
IndexRange ToBits(const IndexRange& range, uint64_t unit) {
  return {range.first * unit, range.count * unit};
}

void BitCount(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (failed) return;
  // A key that is not there needs no arguments that make sense.
  if (entry == nullptr) return call.reply.Integer(0);
  const StringView value(*entry);
  if (call.args.size() == 2) {
    return call.reply.Integer(static_cast<int64_t>(bits::Count(value)));
  }
  ArgParser parser(call, 2);
  if (parser.Left() == 1 || parser.Left() > 3) parser.SyntaxError();
  const int64_t start = parser.Integer();
  const int64_t end = parser.Integer();
  if (!parser.HasError() && IsReversed(start, end)) return call.reply.Integer(0);
  const uint64_t unit = parser.Left() > 0 ? ParseIndexUnit(parser) : 8;
  if (parser.Failed()) return;

  const IndexRange range = ToBits(IndexRange::Of(start, end, value.size() * 8 / unit), unit);
  call.reply.Integer(
      range.empty() ? 0 : static_cast<int64_t>(bits::Count(value, range.first, range.last())));
}

// Where to look: BITPOS's arguments after the bit.
struct SearchRange {
  int64_t start = 0;
  int64_t end = -1;
  bool has_end = false;
  uint64_t unit = 8;
};

SearchRange ParseSearchRange(ArgParser& parser) {
  SearchRange range;
  if (parser.Left() == 0) return range;
  if (parser.Left() > 3) parser.SyntaxError();
  range.start = parser.Integer();
  range.has_end = parser.Left() > 0;
  const std::string_view end = range.has_end ? parser.Text() : "-1";
  if (parser.Left() > 0) range.unit = ParseIndexUnit(parser);
  const auto number = ParseInteger(end);
  if (!number) parser.Fail(errors::kNotInteger);
  range.end = number.value_or(-1);
  return range;
}

void BitPos(Call& call) {
  ArgParser parser(call, 2);
  const int64_t bit = parser.Integer();
  if (bit != 0 && bit != 1) parser.Fail("ERR The bit argument must be 1 or 0.");
  if (parser.Failed()) return;

  // A key that is not there is an endless row of zeros, whatever the range.
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Integer(bit == 1 ? -1 : 0);
  const SearchRange search = ParseSearchRange(parser);
  if (parser.Failed()) return;

  const StringView value(*entry);
  const uint64_t size = value.size() * 8;
  const IndexRange range =
      ToBits(IndexRange::Of(search.start, search.end, size / search.unit), search.unit);
  if (range.empty()) return call.reply.Integer(-1);
  const uint64_t place = bits::Find(value, range.first, range.last(), bit == 1);
  if (place != bits::kNotFound) return call.reply.Integer(static_cast<int64_t>(place));
  // Without an end, zeros follow the string.
  call.reply.Integer(bit == 0 && !search.has_end ? static_cast<int64_t>(size) : -1);
}

std::optional<bits::Operation> ParseOperation(std::string_view name) {
  if (EqualsIgnoreCase(name, "AND")) return bits::Operation::kAnd;
  if (EqualsIgnoreCase(name, "OR")) return bits::Operation::kOr;
  if (EqualsIgnoreCase(name, "XOR")) return bits::Operation::kXor;
  if (EqualsIgnoreCase(name, "NOT")) return bits::Operation::kNot;
  return std::nullopt;
}

// The strings behind BITOP's source keys; integers are written out into it.
class BitSources {
 public:
  explicit BitSources(size_t count) : numbers_(count) { views_.reserve(count); }

  void Add(const Entry* entry) {
    const size_t index = views_.size();
    views_.push_back(entry != nullptr ? numbers_[index].emplace(*entry).view()
                                      : std::string_view());
    longest_ = std::max(longest_, views_.back().size());
  }

  std::span<const std::string_view> views() const { return views_; }
  size_t longest() const { return longest_; }

 private:
  std::vector<std::optional<StringView>> numbers_;
  std::vector<std::string_view> views_;
  size_t longest_ = 0;
};

void BitOp(Call& call) {
  const auto operation = ParseOperation(call.args[1]);
  if (!operation) return call.reply.Error(errors::kSyntax);
  const Args keys = call.args.subspan(3);
  if (*operation == bits::Operation::kNot && keys.size() > 1) {
    return call.reply.Error("ERR BITOP NOT must be called with a single source key.");
  }
  BitSources sources(keys.size());
  for (const std::string_view key : keys) {
    bool failed = false;
    sources.Add(ReadKey(call, key, Type::kString, &failed));
    if (failed) return;
  }

  // The result is complete before the destination changes: it may be one of the sources.
  const size_t size = sources.longest();
  StringValue* result = nullptr;
  if (size > 0) {
    result = StringValue::Make(size, size);
    if (result == nullptr) return call.reply.Error(errors::kNoMemory);
    bits::Combine(*operation, sources.views(), result->bytes(), size);
  }
  StoreResult(call, call.args[2], size, events::kSet,
              [&](KeyWriter& writer) { AssignRaw(writer, result); });
}

constexpr CommandSpec kCommands[] = {
    {.name = "setbit",
     .function = SetBit,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "key offset value:integer",
     .summary = "Sets one bit of a string and answers what it was."},
    {.name = "getbit",
     .function = GetBit,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "key offset",
     .summary = "Answers one bit of a string; beyond its end they are 0."},
    {.name = "bitcount",
     .function = BitCount,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.6.0",
     .complexity = "O(N) where N is the number of bytes in the range",
     .syntax = "key [index{start:integer end:integer [index_unit@7.0.0(BYTE | BIT)]}]",
     .summary = "Counts the bits that are 1 in a string or a part of it.",
     .history = "7.0.0 Takes BYTE and BIT."},
    {.name = "bitpos",
     .function = BitPos,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.7",
     .complexity = "O(N) where N is the number of bytes up to the bit, from where the range begins",
     .syntax = "key bit:integer [index{start:integer [end_index{end:integer "
               "[index_unit@7.0.0(BYTE | BIT)]}]}]",
     .summary = "Answers where the first bit is that is 1, or 0, in a string or a part of it.",
     .history = "7.0.0 Takes BYTE and BIT."},
    {.name = "bitop",
     .function = BitOp,
     .arity = -4,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(2, kKeyOw | kKeyUpdate), KeyRange(3, -1, 1, kKeyRo | kKeyAccess)},
     .since = "2.6.0",
     .complexity = "O(N*K) where N is the length of the longest string and K the number of strings",
     .syntax = "operation destkey:key key [key ...]",
     .summary = "Combines strings bit by bit with AND, OR, XOR or NOT and stores the result."},
};

}  // namespace

constexpr CommandFamily kBitFamily{.group = "bitmap", .acl = kAclBitmap, .commands = kCommands};

}  // namespace ebb
