// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/collection.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/element_walk.h"
#include "storage/key_writer.h"
#include "storage/number.h"
#include "storage/types/zset.h"

// Sorted sets, member by member. Ranges of them: zset_range_commands.cc; from their ends:
// zset_pop_commands.cc; several together: zset_algebra_commands.cc.
namespace ebb {
namespace {

// ----------------------------------------------------------------------------------------- writing

struct AddRequest {
  AddOptions options;
  bool count_changed = false;
};

bool TakeAddOption(ArgParser& parser, AddRequest* request) {
  const struct {
    std::string_view word;
    bool* option;
  } words[] = {{"NX", &request->options.only_new},     {"XX", &request->options.only_present},
               {"GT", &request->options.only_greater}, {"LT", &request->options.only_less},
               {"CH", &request->count_changed},        {"INCR", &request->options.increment}};
  for (const auto& [word, option] : words) {
    if (!parser.Take(word)) continue;
    *option = true;
    return true;
  }
  return false;
}

void CheckAddOptions(ArgParser& parser, const AddOptions& options) {
  const size_t left = parser.Left();
  if (left == 0 || left % 2 != 0) parser.SyntaxError();
  if (options.only_new && options.only_present) {
    parser.Fail("ERR XX and NX options at the same time are not compatible");
  }
  if (options.only_new + options.only_greater + options.only_less > 1) {
    parser.Fail("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (options.increment && left > 2) {
    parser.Fail("ERR INCR option supports a single increment-element pair");
  }
}

// What adding several members has come to.
struct AddedCount {
  int64_t added = 0;
  int64_t changed = 0;
  std::optional<double> score;  // of the last one that was not refused
  bool not_a_number = false;
};

AddedCount AddPairs(KeyWriter& writer, Args pairs, const AddOptions& options) {
  AddedCount count;
  ElementWalk walk(writer, pairs, {.first = 1, .step = 2});
  for (; walk.More(); walk.Next()) {
    // It has been parsed before.
    const double score = ParseDouble(pairs[walk.index() - 1]).value_or(0);
    const AddResult result = AddScored(writer, walk.text(), score, options);
    count.not_a_number = result.outcome == AddOutcome::kNotANumber;
    if (count.not_a_number) break;
    count.added += result.outcome == AddOutcome::kAdded ? 1 : 0;
    count.changed += result.outcome == AddOutcome::kChanged ? 1 : 0;
    if (result.outcome != AddOutcome::kRefused) count.score = result.score;
  }
  return count;
}

void AddToZset(Call& call, AddRequest request) {
  ArgParser parser(call, 2);
  while (TakeAddOption(parser, &request)) {
  }
  CheckAddOptions(parser, request.options);
  const Args pairs = call.args.subspan(call.args.size() - parser.Left());
  for (size_t i = 0; i < pairs.size() && !parser.HasError(); i += 2) {
    parser.Double();
    parser.Text();
  }
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kZset)) return;
  const AddedCount count = AddPairs(writer, pairs, request.options);
  if (count.added + count.changed > 0) {
    writer.Changed(request.options.increment ? events::kZIncr : events::kZAdd,
                   count.added + count.changed);
  }

  if (count.not_a_number) return call.reply.Error("ERR resulting score is not a number (NaN)");
  if (!request.options.increment) {
    return call.reply.Integer(count.added + (request.count_changed ? count.changed : 0));
  }
  count.score ? call.reply.Double(*count.score) : call.reply.Null();
}

void ZAdd(Call& call) {
  AddToZset(call, {});
}

void ZIncrBy(Call& call) {
  AddToZset(call, {.options = {.increment = true}});
}

// ----------------------------------------------------------------------------------------- reading

void ReplyScore(Call& call, const Entry* entry, std::string_view member) {
  const auto score =
      entry != nullptr ? FindScore(*entry, member, call.db().known_element()) : std::nullopt;
  score ? call.reply.Double(*score) : call.reply.Null();
}

template <ZsetEnd from>
void ReplyRank(Call& call, const Entry* entry, std::string_view member) {
  const auto rank =
      entry != nullptr ? FindRank(*entry, member, call.db().known_element()) : std::nullopt;
  if (!rank) return call.reply.Null();
  call.reply.Integer(
      static_cast<int64_t>(from == ZsetEnd::kMin ? *rank : ZsetSize(*entry) - 1 - *rank));
}

constexpr CommandSpec kCommands[] = {
    {.name = "zadd",
     .function = ZAdd,
     .arity = -4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .element = 3,
     .since = "1.2.0",
     .complexity = "O(log(N)) for each member, where N is the size of the sorted set",
     .syntax = "key [condition@3.0.2(NX | XX)] [comparison@6.2.0(GT | LT)] [change@3.0.2(CH)] "
               "[increment@3.0.2(INCR)] score_member{score:double member} [score_member ...]",
     .summary = "Adds members to a sorted set, or gives them other scores.",
     .history = "2.4.0 Takes several members.\n3.0.2 Takes XX, NX, CH and INCR.\n"
                "6.2.0 Takes GT and LT."},
    {.name = "zcard",
     .function = CountElements<Type::kZset, ZsetSize>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the number of members in a sorted set."},
    {.name = "zincrby",
     .function = ZIncrBy,
     .arity = 4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .element = 3,
     .since = "1.2.0",
     .complexity = "O(log(N)) where N is the size of the sorted set",
     .syntax = "key increment member",
     .summary = "Adds to the score of a member of a sorted set."},
    {.name = "zmscore",
     .function = ReplyEach<Type::kZset, ReplyScore>,
     .arity = -3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "6.2.0",
     .complexity = "O(N) where N is the number of members asked about",
     .syntax = "key member [member ...]",
     .summary = "Answers the scores of several members of a sorted set."},
    {.name = "zrank",
     .function = ReplyOne<Type::kZset, ReplyRank<ZsetEnd::kMin>>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(log(N)) where N is the size of the sorted set",
     .syntax = "key member",
     .summary = "Answers how many members of a sorted set come before one."},
    {.name = "zrem",
     .function = EraseElements<Type::kZset, ZsetSize, EraseScored, events::kZRem>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .element = 2,
     .since = "1.2.0",
     .complexity = "O(M*log(N)) where N is the size of the sorted set and M the number of members "
                   "to remove",
     .syntax = "key member [member ...]",
     .summary = "Removes members from a sorted set.",
     .history = "2.4.0 Takes several members."},
    {.name = "zrevrank",
     .function = ReplyOne<Type::kZset, ReplyRank<ZsetEnd::kMax>>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(log(N)) where N is the size of the sorted set",
     .syntax = "key member",
     .summary = "Answers how many members of a sorted set come after one."},
    {.name = "zscore",
     .function = ReplyOne<Type::kZset, ReplyScore>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "key member",
     .summary = "Answers the score of a member of a sorted set."},
};

}  // namespace

constexpr CommandFamily kZsetFamily{
    .group = "sorted-set", .acl = kAclSortedSet, .commands = kCommands};

}  // namespace ebb
