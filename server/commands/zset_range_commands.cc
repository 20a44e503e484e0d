// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/index_range.h"
#include "server/commands/lookup.h"
#include "server/commands/pairs_reply.h"
#include "server/commands/zset_args.h"
#include "server/engine.h"
#include "storage/key_writer.h"

// Parts of sorted sets: from one rank, score or text to another. All of them are ranks in the end.
namespace ebb {
namespace {

enum class RangeBy : uint8_t { kRank, kScore, kLex };

// What a command's name says already; nothing where its options may say it.
struct RangeKind {
  std::optional<RangeBy> by;
  std::optional<bool> reverse;
  bool to_store = false;
};

// What a command asks for.
struct RangeQuery {
  RangeBy by = RangeBy::kRank;
  bool reverse = false;
  bool with_scores = false;
  int64_t offset = 0;  // after so many of those in the range
  int64_t limit = -1;  // so many at most; negative: all
  int64_t start = 0;   // kRank
  int64_t stop = 0;
  ScoreRange scores = {};
  LexRange texts = {};
};

// The options from args[first] on.
void ParseRangeOptions(ArgParser& parser, RangeKind kind, RangeQuery* query) {
  while (parser.More()) {
    if (!kind.to_store && parser.Take("WITHSCORES")) {
      query->with_scores = true;
    } else if (parser.Take("LIMIT", 2)) {
      query->offset = parser.Integer();
      query->limit = parser.Integer();
    } else if (!kind.reverse && parser.Take("REV")) {
      kind.reverse = true;
    } else if (!kind.by && parser.Take("BYLEX")) {
      kind.by = RangeBy::kLex;
    } else if (!kind.by && parser.Take("BYSCORE")) {
      kind.by = RangeBy::kScore;
    } else {
      parser.SyntaxError();
    }
  }
  query->by = kind.by.value_or(RangeBy::kRank);
  query->reverse = kind.reverse.value_or(false);
  if (query->limit != -1 && query->by == RangeBy::kRank) {
    parser.Fail(
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  if (query->with_scores && query->by == RangeBy::kLex) {
    parser.Fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
}

// The whole query, whose range's ends are args[first] and the one behind; false when the error has
// been written. (It is large: to hand it over by value was 7 % of a ZRANGE of ten.)
bool ParseRange(Call& call, size_t first, const RangeKind& kind, RangeQuery* query) {
  ArgParser options(call, first + 2);
  ParseRangeOptions(options, kind, query);
  if (options.Failed()) return false;
  std::string_view min = call.args[first];
  std::string_view max = call.args[first + 1];
  if (query->by == RangeBy::kRank) {
    ArgParser parser(call, first);
    query->start = parser.Integer();
    query->stop = parser.Integer();
    return !parser.Failed();
  }
  // From the highest on, the highest stands first.
  if (query->reverse) std::swap(min, max);
  if (query->by == RangeBy::kScore) {
    const auto scores = ParseScoreRange(call, min, max);
    if (scores) query->scores = *scores;
    return scores.has_value();
  }
  const auto texts = ParseLexRange(call, min, max);
  if (texts) query->texts = *texts;
  return texts.has_value();
}

// The part of `ranks` that offset and limit leave.
RankRange Limited(RankRange ranks, const RangeQuery& query) {
  if (query.offset < 0 || static_cast<uint64_t>(query.offset) >= ranks.count) return {};
  const auto offset = static_cast<size_t>(query.offset);
  size_t count = ranks.count - offset;
  if (query.limit >= 0) count = std::min<size_t>(count, static_cast<size_t>(query.limit));
  const size_t before = query.reverse ? ranks.count - offset - count : offset;
  return {ranks.first + before, count};
}

// The ranks, from the lowest on, that the query asks for.
RankRange Select(const Entry& entry, const RangeQuery& query) {
  switch (query.by) {
    case RangeBy::kScore:
      return Limited(RanksOf(entry, query.scores), query);
    case RangeBy::kLex:
      return Limited(RanksOf(entry, query.texts, query.reverse ? ZsetEnd::kMax : ZsetEnd::kMin),
                     query);
    default:
      break;
  }
  const size_t size = ZsetSize(entry);
  const IndexRange range = IndexRange::OfElements(query.start, query.stop, size);
  if (range.empty()) return {};
  return {query.reverse ? size - 1 - range.last() : range.first, range.count};
}

// Calls `visit(const ZsetItem&)` for members of these ranks, the lowest first or the highest.
template <typename Visit>
void Walk(const Entry& entry, const RankRange& ranks, bool reverse, Visit&& visit) {
  if (ranks.count == 0) return;
  ZsetWalk walk(entry, reverse ? ranks.first + ranks.count - 1 : ranks.first,
                reverse ? ZsetEnd::kMin : ZsetEnd::kMax);
  for (size_t left = ranks.count; left > 0; --left, walk.Step()) visit(walk.Get());
}

// ----------------------------------------------------------------------------------------- reading

void ReplyRange(Call& call, const RangeKind& kind) {
  RangeQuery query;
  if (!ParseRange(call, 2, kind, &query)) return;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kZset, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Array(0);

  const RankRange ranks = Select(*entry, query);
  PairsReply reply(call.reply, query.with_scores, ranks.count);
  Walk(*entry, ranks, query.reverse, [&reply](const ZsetItem& item) { reply.Add(item); });
}

void ZRange(Call& call) {
  ReplyRange(call, {});
}

constexpr bool kReverse = true;

// ZRANGEBYSCORE and its kin, whose names say what ZRANGE has options for.
template <RangeBy by, bool reverse = false>
void ZRangeBy(Call& call) {
  ReplyRange(call, {.by = by, .reverse = reverse});
}

// Answers how many members are in the range of scores or of texts that `parse` reads.
template <auto parse>
void ReplyCount(Call& call) {
  const auto range = parse(call, call.args[2], call.args[3]);
  if (!range) return;
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kZset, &failed);
  if (failed) return;
  call.reply.Integer(entry != nullptr ? static_cast<int64_t>(RanksOf(*entry, *range).count) : 0);
}

// ----------------------------------------------------------------------------------------- writing

void ZRangeStore(Call& call) {
  RangeQuery query;
  if (!ParseRange(call, 3, {.by = {}, .reverse = {}, .to_store = true}, &query)) return;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[2], Type::kZset, &failed);
  if (failed) return;
  FoundScored found;
  if (entry != nullptr) {
    Walk(*entry, Select(*entry, query), query.reverse,
         [&found](const ZsetItem& item) { found.Add(item.member, item.score); });
  }
  StoreZset(call, call.args[1], found, events::kZRangeStore);
}

// Removes the ranks that `choose(const Entry&)` answers, and answers how many that were.
template <typename Choose>
void RemoveRange(Call& call, const KeyEvent& event, Choose&& choose) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kZset)) return;
  const RankRange ranks = writer.exists() ? choose(*writer.entry()) : RankRange{};
  if (ranks.count > 0) {
    writer.Changed(event, ranks.count);
    if (ranks.count == ZsetSize(*writer.entry())) {
      writer.RemoveEmpty();
    } else {
      EraseRanks(writer, ranks);
    }
  }
  call.reply.Integer(static_cast<int64_t>(ranks.count));
}

void ZRemRangeByRank(Call& call) {
  ArgParser parser(call, 2);
  const int64_t start = parser.Integer();
  const int64_t stop = parser.Integer();
  if (parser.Failed()) return;
  RemoveRange(call, events::kZRemRangeByRank, [=](const Entry& entry) {
    const IndexRange range = IndexRange::OfElements(start, stop, ZsetSize(entry));
    return RankRange{range.first, range.count};
  });
}

// For the range of scores or of texts that `parse` reads.
template <auto parse, const KeyEvent& event>
void ZRemRangeBy(Call& call) {
  const auto range = parse(call, call.args[2], call.args[3]);
  if (!range) return;
  RemoveRange(call, event, [&range](const Entry& entry) { return RanksOf(entry, *range); });
}

constexpr std::string_view kRangeComplexity =
    "O(log(N)+M) where N is the size of the sorted set and M the number of members that are "
    "answered";
constexpr std::string_view kCountComplexity = "O(log(N)) where N is the size of the sorted set";
constexpr std::string_view kRemoveComplexity =
    "O(log(N)+M) where N is the size of the sorted set and M the number of members that go or, "
    "where these are fewer, of those that stay";

constexpr CommandSpec kCommands[] = {
    {.name = "zcount",
     .function = ReplyCount<ParseScoreRange>,
     .arity = 4,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.0.0",
     .complexity = kCountComplexity,
     .syntax = "key min:double max:double",
     .summary = "Counts the members of a sorted set whose scores are in a range."},
    {.name = "zlexcount",
     .function = ReplyCount<ParseLexRange>,
     .arity = 4,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.9",
     .complexity = kCountComplexity,
     .syntax = "key min max",
     .summary = "Counts the members of a sorted set of equal scores that are in a range of texts."},
    {.name = "zrange",
     .function = ZRange,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.2.0",
     .complexity = kRangeComplexity,
     .syntax = "key start:string stop:string [sortby@6.2.0(BYSCORE | BYLEX)] [REV@6.2.0] "
               "[LIMIT@6.2.0 offset_count{offset count}] [WITHSCORES]",
     .summary = "Answers the members of a sorted set within a range of ranks, scores or texts.",
     .history = "6.2.0 Takes REV, BYSCORE, BYLEX and LIMIT."},
    {.name = "zrangebylex",
     .function = ZRangeBy<RangeBy::kLex>,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.9",
     .complexity = kRangeComplexity,
     .syntax = "key min max [LIMIT offset_count{offset count}]",
     .summary = "Answers the members of a sorted set of equal scores within a range of texts.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `BYLEX` argument"},
    {.name = "zrangebyscore",
     .function = ZRangeBy<RangeBy::kScore>,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.5",
     .complexity = kRangeComplexity,
     .syntax = "key min:double max:double [WITHSCORES@2.0.0] [LIMIT offset_count{offset count}]",
     .summary = "Answers the members of a sorted set within a range of scores.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `BYSCORE` argument",
     .history = "2.0.0 Takes WITHSCORES."},
    {.name = "zrangestore",
     .function = ZRangeStore,
     .arity = -5,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyOw | kKeyUpdate), KeyAt(2, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = "O(log(N)+M) where N is the size of the sorted set and M the number of members "
                   "that are stored",
     .syntax = "dst:key src:key min max [sortby(BYSCORE | BYLEX)] [REV] "
               "[LIMIT offset_count{offset count}]",
     .summary = "Stores the members of a sorted set within a range of ranks, scores or texts."},
    {.name = "zremrangebylex",
     .function = ZRemRangeBy<ParseLexRange, events::kZRemRangeByLex>,
     .arity = 4,
     .flags = kWrite,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .since = "2.8.9",
     .complexity = kRemoveComplexity,
     .syntax = "key min max",
     .summary = "Removes the members of a sorted set of equal scores within a range of texts."},
    {.name = "zremrangebyrank",
     .function = ZRemRangeByRank,
     .arity = 4,
     .flags = kWrite,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .since = "2.0.0",
     .complexity = kRemoveComplexity,
     .syntax = "key start stop:integer",
     .summary = "Removes the members of a sorted set within a range of ranks."},
    {.name = "zremrangebyscore",
     .function = ZRemRangeBy<ParseScoreRange, events::kZRemRangeByScore>,
     .arity = 4,
     .flags = kWrite,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .since = "1.2.0",
     .complexity = kRemoveComplexity,
     .syntax = "key min:double max:double",
     .summary = "Removes the members of a sorted set within a range of scores."},
    {.name = "zrevrange",
     .function = ZRangeBy<RangeBy::kRank, kReverse>,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.2.0",
     .complexity = kRangeComplexity,
     .syntax = "key start stop:integer [WITHSCORES]",
     .summary = "Answers the members of a sorted set within a range of ranks, the highest first.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `REV` argument"},
    {.name = "zrevrangebylex",
     .function = ZRangeBy<RangeBy::kLex, kReverse>,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.9",
     .complexity = kRangeComplexity,
     .syntax = "key max min [LIMIT offset_count{offset count}]",
     .summary = "Answers the members of a sorted set of equal scores within a range of texts, the "
                "last first.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `REV` and `BYLEX` arguments"},
    {.name = "zrevrangebyscore",
     .function = ZRangeBy<RangeBy::kScore, kReverse>,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.2.0",
     .complexity = kRangeComplexity,
     .syntax = "key max:double min:double [WITHSCORES] [LIMIT offset_count{offset count}]",
     .summary = "Answers the members of a sorted set within a range of scores, the highest first.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `REV` and `BYSCORE` arguments",
     .history = "2.1.6 The ends may be exclusive."},
};

}  // namespace

constexpr CommandFamily kZsetRangeFamily{
    .group = "sorted-set", .acl = kAclSortedSet, .commands = kCommands};

}  // namespace ebb
