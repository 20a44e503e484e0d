// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/pairs_reply.h"
#include "server/commands/pop_first.h"
#include "server/commands/reply_element.h"
#include "server/commands/zset_args.h"
#include "server/engine.h"
#include "storage/key_writer.h"

// What is taken from the ends of sorted sets, at once or when there is something.
namespace ebb {
namespace {

std::optional<ZsetEnd> ParseZsetEnd(std::string_view word) {
  if (EqualsIgnoreCase(word, "min")) return ZsetEnd::kMin;
  if (EqualsIgnoreCase(word, "max")) return ZsetEnd::kMax;
  return std::nullopt;
}

// Pops `count` members from an end of the writer's sorted set and calls `visit(const ZsetItem&)`
// for each, outermost first; with the last one the key goes. REQUIRES: they are there, one at
// least.
template <typename Visit>
void PopScored(KeyWriter& writer, ZsetEnd end, size_t count, Visit&& visit) {
  const size_t size = ZsetSize(*writer.entry());
  const bool min = end == ZsetEnd::kMin;
  ZsetWalk walk(*writer.entry(), min ? 0 : size - 1, min ? ZsetEnd::kMax : ZsetEnd::kMin);
  visit(walk.Get());
  for (size_t left = count - 1; left > 0; --left) {
    walk.Step();
    visit(walk.Get());
  }
  writer.Changed(min ? events::kZPopMin : events::kZPopMax, count);
  if (count == size) return writer.RemoveEmpty();
  EraseRanks(writer, {min ? 0 : size - count, count});
}

// ----------------------------------------------------------------------------------------- of one

template <ZsetEnd end>
void PopFromKey(Call& call) {
  if (call.args.size() > 3) return call.reply.Error(errors::kSyntax);
  ArgParser parser(call, 2);
  const bool counted = parser.More();
  const int64_t count = counted ? parser.Count() : 1;
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kZset)) return;
  if (!writer.exists() || count == 0) return call.reply.Array(0);
  const size_t popped = std::min(static_cast<size_t>(count), ZsetSize(*writer.entry()));
  if (counted) {
    PairsReply reply(call.reply, true, popped);
    return PopScored(writer, end, popped, [&](const ZsetItem& item) { reply.Add(item); });
  }
  // A single one is no pair of its own in RESP3 either.
  call.reply.Array(2);
  PopScored(writer, end, popped, [&](const ZsetItem& item) {
    ReplyElement(call.reply, item.member);
    call.reply.Double(item.score);
  });
}

// -------------------------------------------------------------------------------------- of several

// Which members a command takes from the first sorted set that has some, and how it shows them.
struct PopRequest {
  static constexpr Type kType = Type::kZset;

  ZsetEnd end;
  std::optional<size_t> count;  // none: one, shown beside its key

  // REQUIRES: writer.exists(), a sorted set.
  void Answer(Call& call, KeyWriter& writer) const {
    const size_t popped = std::min(count.value_or(1), ZsetSize(*writer.entry()));
    call.reply.Array(count ? 2 : 3);
    call.reply.Bulk(writer.key());
    if (count) call.reply.Array(popped);
    PopScored(writer, end, popped, [&](const ZsetItem& item) {
      if (count) call.reply.Array(2);
      ReplyElement(call.reply, item.member);
      call.reply.Double(item.score);
    });
  }
};

void ZMPop(Call& call) {
  const auto pop = ParseMultiPop<PopRequest>(call, 1, ParseZsetEnd);
  if (pop && !PopFirst(call, pop->keys, pop->request)) call.reply.NullArray();
}

void BZMPop(Call& call) {
  const auto pop = ParseMultiPop<PopRequest>(call, 2, ParseZsetEnd);
  if (pop) PopFirstOrWait(call, pop->keys, pop->request, call.args[1]);
}

constexpr std::string_view kFromEnd =
    "O(log(N)*M) where N is the size of the sorted set and M the number of members that are taken";
constexpr std::string_view kFromFirst =
    "O(K+log(N)*M) where K is the number of keys, N the size of the sorted set and M the number of "
    "members that are taken";
constexpr uint32_t kTaken = kKeyRw | kKeyAccess | kKeyDelete;

constexpr CommandSpec kCommands[] = {
    {.name = "bzmpop",
     .function = BZMPop,
     .arity = -5,
     .flags = kWrite | kBlocking | kMovableKeys,
     .keys = {CountedKeysAt(2, kTaken)},
     .since = "7.0.0",
     .complexity = kFromFirst,
     .syntax = "timeout:double numkeys:integer key [key ...] where(MIN | MAX) [COUNT count]",
     .summary = "Takes members from an end of the first sorted set that is there, or waits for "
                "one."},
    {.name = "bzpopmax",
     .function = PopOneOrWait<PopRequest, ZsetEnd::kMax>,
     .arity = -3,
     .flags = kWrite | kNoScript | kBlocking | kFast,
     .keys = {KeyRange(1, -2, 1, kTaken)},
     .since = "5.0.0",
     .complexity = kFromFirst,
     .syntax = "key [key ...] timeout:double",
     .summary = "Takes the highest member of the first sorted set that is there, or waits for one.",
     .history = "6.0.0 The timeout is a decimal."},
    {.name = "bzpopmin",
     .function = PopOneOrWait<PopRequest, ZsetEnd::kMin>,
     .arity = -3,
     .flags = kWrite | kNoScript | kBlocking | kFast,
     .keys = {KeyRange(1, -2, 1, kTaken)},
     .since = "5.0.0",
     .complexity = kFromFirst,
     .syntax = "key [key ...] timeout:double",
     .summary = "Takes the lowest member of the first sorted set that is there, or waits for one.",
     .history = "6.0.0 The timeout is a decimal."},
    {.name = "zmpop",
     .function = ZMPop,
     .arity = -4,
     .flags = kWrite | kMovableKeys,
     .keys = {CountedKeysAt(1, kTaken)},
     .since = "7.0.0",
     .complexity = kFromFirst,
     .syntax = "numkeys:integer key [key ...] where(MIN | MAX) [COUNT count]",
     .summary = "Takes members from an end of the first sorted set that is there."},
    {.name = "zpopmax",
     .function = PopFromKey<ZsetEnd::kMax>,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kTaken)},
     .since = "5.0.0",
     .complexity = kFromEnd,
     .syntax = "key [count]",
     .summary = "Takes the highest members of a sorted set."},
    {.name = "zpopmin",
     .function = PopFromKey<ZsetEnd::kMin>,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kTaken)},
     .since = "5.0.0",
     .complexity = kFromEnd,
     .syntax = "key [count]",
     .summary = "Takes the lowest members of a sorted set."},
};

}  // namespace

constexpr CommandFamily kZsetPopFamily{
    .group = "sorted-set", .acl = kAclSortedSet, .commands = kCommands};

}  // namespace ebb
