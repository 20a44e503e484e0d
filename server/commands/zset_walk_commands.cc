// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/format_double.h"
#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/random_args.h"
#include "server/commands/reply_element.h"
#include "server/commands/scan_args.h"
#include "server/commands/zset_args.h"
#include "server/engine.h"
#include "storage/encodings/score_text.h"
#include "storage/glob.h"
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
  ArgParser parser(call, 2);
  const RandomArgs args = ParseRandomArgs(parser, "WITHSCORES");
  if (parser.Failed()) return;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kZset, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Array(0);
  if (args.count >= 0) {
    const auto sample = SampleScored(*entry, static_cast<uint64_t>(args.count));
    ScoredReply reply(call.reply, args.with_values, sample.size());
    for (const ZsetItem& item : sample) reply.Add(item);
    return;
  }
  auto left = static_cast<uint64_t>(-args.count);
  ScoredReply reply(call.reply, args.with_values, left);
  while (left > 0) {
    const uint64_t drawn = std::min(left, kDraw);
    for (const ZsetItem& item : DrawScored(*entry, drawn)) reply.Add(item);
    left -= drawn;
  }
}

void ZScan(Call& call) {
  const std::optional<uint64_t> cursor = ParseCursor(call.args[2]);
  if (!cursor) return call.reply.Error("ERR invalid cursor");
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kZset, &failed);
  if (failed) return;
  // Of a sorted set that is not there the options are not looked at.
  ScanOptions options;
  if (entry != nullptr) {
    ArgParser parser(call, 3);
    options = ParseScanOptions(parser, false);
    if (parser.Failed()) return;
  }

  std::vector<ZsetItem> items;
  uint64_t next = 0;
  if (entry != nullptr) {
    next = CollectScan(*cursor, options.count, &items, [&](uint64_t at) {
      return ScanScored(*entry, at, [&](const ZsetItem& item) { items.push_back(item); });
    });
  }
  std::erase_if(items, [&](const ZsetItem& item) {
    ZsetText::Digits digits;
    return options.pattern && !GlobMatch(*options.pattern, item.member.View(digits));
  });

  call.reply.Array(2);
  call.reply.Bulk(std::to_string(next));
  call.reply.Array(2 * items.size());
  const bool packed = entry != nullptr && entry->encoding() == Encoding::kListpack;
  for (const ZsetItem& item : items) {
    ReplyElement(call.reply, item.member);
    // A text in both protocols; that of the compact form is the one which lies there.
    char score[kDoubleMax];
    call.reply.Bulk(packed && IsWholeScore(item.score)
                        ? ScoreText(item.score).view()
                        : std::string_view(score, FormatDouble(item.score, score)));
  }
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
