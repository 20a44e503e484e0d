// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/reply_element.h"
#include "server/commands/scan_args.h"
#include "server/engine.h"
#include "storage/glob.h"
#include "storage/types/hash.h"

// Hashes walked over a part at a time, and random fields.
namespace ebb {
namespace {

// -------------------------------------------------------------------------------------- HRANDFIELD

// Fields that are drawn at once.
constexpr uint64_t kDraw = 1000;

// A reply that repeats fields has so many at most: a few bytes of a command shall not fill the
// memory.
constexpr int64_t kMaxRepeats = int64_t{1} << 24;

struct RandomFieldOptions {
  int64_t count = 0;
  bool with_values = false;
};

RandomFieldOptions ParseRandomFieldOptions(ArgParser& parser) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  RandomFieldOptions options;
  options.count = parser.Integer();
  if (options.count < -kMax) {
    parser.Fail(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
  }
  if (parser.More()) {
    options.with_values = parser.Take("WITHVALUES");
    if (!options.with_values || parser.More()) parser.SyntaxError();
  }
  const bool too_many =
      options.with_values && (options.count > kMax / 2 || options.count < -(kMax / 2));
  if (too_many || options.count < -kMaxRepeats) parser.Fail("ERR value is out of range");
  return options;
}

// Answers fields in the shape that HRANDFIELD's replies have: in RESP3, with values, pairs.
class RandomReply {
 public:
  RandomReply(Call& call, bool with_values, size_t count) : call_(call), with_values_(with_values) {
    call_.reply.Array(with_values_ && !paired() ? 2 * count : count);
  }

  void Add(const std::vector<HashPair>& fields) {
    for (const HashPair& pair : fields) {
      if (with_values_ && paired()) call_.reply.Array(2);
      ReplyElement(call_.reply, pair.field);
      if (with_values_) ReplyElement(call_.reply, pair.value);
    }
  }

 private:
  bool paired() const { return call_.reply.protocol() > 2; }

  Call& call_;
  const bool with_values_;
};

void ReplyRandomField(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kHash, &failed);
  if (failed) return;
  entry != nullptr ? ReplyElement(call.reply, RandomField(*entry).field) : call.reply.Null();
}

void HRandField(Call& call) {
  if (call.args.size() == 2) return ReplyRandomField(call);
  ArgParser parser(call, 2);
  const RandomFieldOptions options = ParseRandomFieldOptions(parser);
  if (parser.Failed()) return;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kHash, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Array(0);
  if (options.count >= 0) {
    const auto fields = SampleFields(*entry, static_cast<uint64_t>(options.count));
    RandomReply(call, options.with_values, fields.size()).Add(fields);
    return;
  }
  auto left = static_cast<uint64_t>(-options.count);
  RandomReply reply(call, options.with_values, left);
  while (left > 0) {
    const uint64_t drawn = std::min(left, kDraw);
    reply.Add(DrawFields(*entry, drawn));
    left -= drawn;
  }
}

// ------------------------------------------------------------------------------------------- HSCAN

// Goes on from `cursor` until there are as many fields as asked for; answers the next cursor.
uint64_t Collect(const Entry& entry, uint64_t cursor, uint64_t count,
                 std::vector<HashPair>* fields) {
  // A step may find nothing: sparse tables are walked for so many steps at most.
  constexpr uint64_t kStepsPerField = 10;
  constexpr uint64_t kMaxSteps = std::numeric_limits<uint64_t>::max();
  uint64_t steps = count < kMaxSteps / kStepsPerField ? count * kStepsPerField : kMaxSteps;
  do {
    cursor = ScanFields(entry, cursor, [&](const HashPair& pair) { fields->push_back(pair); });
  } while (cursor != 0 && fields->size() < count && steps-- > 0);
  return cursor;
}

void HScan(Call& call) {
  const std::optional<uint64_t> cursor = ParseCursor(call.args[2]);
  if (!cursor) return call.reply.Error("ERR invalid cursor");
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kHash, &failed);
  if (failed) return;
  // Of a hash that is not there the options are not looked at.
  ScanOptions options;
  if (entry != nullptr) {
    ArgParser parser(call, 3);
    options = ParseScanOptions(parser, false);
    if (parser.Failed()) return;
  }

  std::vector<HashPair> fields;
  const uint64_t next =
      entry != nullptr ? Collect(*entry, *cursor, options.count, &fields) : uint64_t{0};
  std::erase_if(fields, [&](const HashPair& pair) {
    HashText::Digits digits;
    return options.pattern && !GlobMatch(*options.pattern, pair.field.View(digits));
  });

  call.reply.Array(2);
  call.reply.Bulk(std::to_string(next));
  call.reply.Array(2 * fields.size());
  for (const HashPair& pair : fields) {
    ReplyElement(call.reply, pair.field);
    ReplyElement(call.reply, pair.value);
  }
}

constexpr CommandSpec kCommands[] = {
    {.name = "hrandfield",
     .function = HRandField,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = "O(N) where N is the number of fields in the reply; in a compact hash, and for "
                   "more than a third of a big one, that of all fields",
     .syntax = "key [options{count:integer [WITHVALUES]}]",
     .summary = "Answers random fields of a hash.",
     .tips = "nondeterministic_output"},
    {.name = "hscan",
     .function = HScan,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.0",
     .complexity = "O(COUNT) for a call, O(N) for a whole walk over N fields",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .summary = "Walks over the fields of a hash and their values, some at a time.",
     .tips = "nondeterministic_output"},
};

}  // namespace

constexpr CommandFamily kHashWalkFamily{.group = "hash", .acl = kAclHash, .commands = kCommands};

}  // namespace ebb
