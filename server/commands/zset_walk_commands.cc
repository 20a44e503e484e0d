// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cstdint>
#include <string_view>

#include "protocol/format_double.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/random_args.h"
#include "server/commands/reply_element.h"
#include "server/commands/scan_args.h"
#include "server/engine.h"
#include "storage/encodings/score_text.h"
#include "storage/types/zset.h"

// Sorted sets walked over a part at a time, and random members.
namespace ebb {
namespace {

void ReplyRandomMember(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kZset, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Null();
  ReplyElement(call.reply, DrawScored(*entry, 1)[0].member);
}

void ZRandMember(Call& call) {
  if (call.args.size() == 2) return ReplyRandomMember(call);
  ReplyRandomPairs(call, Type::kZset, "WITHSCORES", SampleScored, DrawScored);
}

void ZScan(Call& call) {
  const auto step = [](const Entry& zset, uint64_t cursor, auto&& add) {
    return ScanScored(zset, cursor, add);
  };
  const auto reply = [&call](const Entry& zset, const ZsetItem& item) {
    ReplyElement(call.reply, item.member);
    // A text in both protocols; that of the compact form is the one which lies there.
    const bool packed = zset.encoding() == Encoding::kListpack;
    char score[kDoubleMax];
    call.reply.Bulk(packed && IsWholeScore(item.score)
                        ? ScoreText(item.score).view()
                        : std::string_view(score, FormatDouble(item.score, score)));
  };
  ReplyElementScan<ZsetItem>(call, Type::kZset, 2, step, reply, &ZsetItem::member);
}

constexpr CommandSpec kCommands[] = {
    {.name = "zrandmember",
     .function = ZRandMember,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = "O(N*log(M)) where N is the number of members in the reply and M the size of "
                   "the sorted set; in a compact one, and for more than a third of a big one, that "
                   "of all members",
     .syntax = "key [options{count [WITHSCORES]}]",
     .summary = "Answers random members of a sorted set.",
     .tips = "nondeterministic_output"},
    {.name = "zscan",
     .function = ZScan,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.0",
     .complexity = "O(COUNT) for a call, O(N) for a whole walk over N members",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .summary = "Walks over the members of a sorted set and their scores, some at a time.",
     .tips = "nondeterministic_output"},
};

}  // namespace

constexpr CommandFamily kZsetWalkFamily{
    .group = "sorted-set", .acl = kAclSortedSet, .commands = kCommands};

}  // namespace ebb
