// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/element_group.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/pairs_reply.h"
#include "server/commands/zset_args.h"
#include "server/engine.h"
#include "storage/hash.h"
#include "storage/texts_ahead.h"
#include "storage/types/set.h"
#include "storage/types/zset.h"

// Several sorted sets together: what is in all, in any, in the first alone. Sets do as well: their
// members have a score of 1.
namespace ebb {
namespace {

enum class Aggregate : uint8_t { kSum, kMin, kMax };

struct Source {
  const Entry* entry = nullptr;  // null: absent
  double weight = 1;
};

// What a command takes besides its keys.
struct AlgebraKind {
  bool to_store = false;
  bool weighted = true;       // WEIGHTS and AGGREGATE
  bool counted_only = false;  // ZINTERCARD
};

struct AlgebraQuery {
  Keyspace& keyspace;
  std::vector<Source> sources = {};
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  int64_t limit = 0;
};

bool IsSet(const Entry& entry) {
  return entry.type() == Type::kSet;
}

bool IsAbsent(const Source& source) {
  return source.entry == nullptr;
}

size_t SizeOf(const Source& source) {
  if (source.entry == nullptr) return 0;
  return IsSet(*source.entry) ? SetSize(*source.entry) : ZsetSize(*source.entry);
}

// Calls `visit(const ZsetText&, double score)` for each member of a source that is there, until it
// answers false if it answers.
template <typename Visit>
void ForEachOf(const Source& source, Visit&& visit) {
  if (source.entry == nullptr) return;
  if (IsSet(*source.entry)) {
    ForEachMember(*source.entry, [&](const SetText& member) { return visit(member, 1.0); });
  } else {
    ForEachScored(*source.entry,
                  [&](const ZsetItem& item) { return visit(item.member, item.score); });
  }
}

std::optional<double> ScoreIn(const Source& source, std::string_view member,
                              const KnownHash& known) {
  if (source.entry == nullptr) return std::nullopt;
  if (!IsSet(*source.entry)) return FindScore(*source.entry, member, known);
  return HasMember(*source.entry, member, known) ? std::optional(1.0) : std::nullopt;
}

// Infinities that cancel each other out come to nothing.
double Numeric(double score) {
  return std::isnan(score) ? 0 : score;
}

double Combine(Aggregate aggregate, double score, double other) {
  switch (aggregate) {
    case Aggregate::kMin:
      return other < score ? other : score;
    case Aggregate::kMax:
      return other > score ? other : score;
    default:
      return Numeric(score + other);
  }
}

// ----------------------------------------------------------------------------------------- parsing

// Reads the sources whose number is args[first]; false when the error has been written.
bool ReadSources(Call& call, size_t first, std::vector<Source>* sources) {
  ArgParser parser(call, first);
  const int64_t count = parser.Integer();
  if (count < 1) {
    parser.Fail(fmt::format("ERR at least 1 input key is needed for '{}' command", call.spec.name));
  }
  if (count > static_cast<int64_t>(parser.Left())) parser.SyntaxError();
  if (parser.Failed()) return false;
  for (const std::string_view key : call.args.subspan(first + 1, static_cast<size_t>(count))) {
    const Entry* entry = call.db().Read(key);
    if (entry != nullptr && !IsSet(*entry) && !CheckType(call, entry, Type::kZset)) return false;
    sources->push_back({entry});
  }
  return true;
}

Aggregate ParseAggregate(ArgParser& parser) {
  if (parser.Take("SUM")) return Aggregate::kSum;
  if (parser.Take("MIN")) return Aggregate::kMin;
  if (parser.Take("MAX")) return Aggregate::kMax;
  parser.SyntaxError();
  return Aggregate::kSum;
}

std::optional<AlgebraQuery> ParseQuery(Call& call, size_t first, const AlgebraKind& kind) {
  AlgebraQuery query{call.db()};
  if (!ReadSources(call, first, &query.sources)) return std::nullopt;
  ArgParser parser(call, first + 1 + query.sources.size());
  while (parser.More()) {
    if (kind.weighted && parser.Take("WEIGHTS", query.sources.size())) {
      for (Source& source : query.sources) {
        source.weight = parser.Double("ERR weight value is not a float");
      }
    } else if (kind.weighted && parser.Take("AGGREGATE", 1)) {
      query.aggregate = ParseAggregate(parser);
    } else if (!kind.to_store && !kind.counted_only && parser.Take("WITHSCORES")) {
      query.with_scores = true;
    } else if (kind.counted_only && parser.Take("LIMIT", 1)) {
      query.limit =
          parser.Integer(0, std::numeric_limits<int64_t>::max(), "ERR LIMIT can't be negative");
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return std::nullopt;
  return query;
}

// ----------------------------------------------------------------------------------------- finding

// The smallest first. Where sums of scores depend on the order, it is this one.
void SortBySize(std::vector<Source>* sources) {
  std::ranges::stable_sort(*sources, {}, SizeOf);
}

// A member of a source, its score there, and what this has come to with others'.
struct Candidate {
  ZsetText member;
  double score = 0;
  double combined = 0;
};

using Group = ElementGroup<Candidate>;

// Calls `visit(Group&)` for the members of a source, some at a time, until it answers false.
template <typename Visit>
void ForEachCandidateGroup(Keyspace& keyspace, const Source& source, Visit&& visit) {
  const auto walk = [&source](auto&& add) {
    ForEachOf(source, [&](const ZsetText& member, double score) {
      return add({member, score, Numeric(source.weight * score)}, member);
    });
  };
  ForEachGroup<Candidate>(keyspace, walk, visit);
}

// Calls `visit(const ZsetText&, double score)` for what is in all until it says false.
template <typename Visit>
void Intersect(AlgebraQuery* query, Visit&& visit) {
  SortBySize(&query->sources);
  const Source& first = query->sources[0];
  ForEachCandidateGroup(query->keyspace, first, [&](Group& group) {
    for (const Source& source : std::span(query->sources).subspan(1)) {
      const bool same = source.entry == first.entry;
      const auto keeps = [&](Candidate& candidate, std::string_view text, const KnownHash& known) {
        const auto other = same ? std::optional(candidate.score) : ScoreIn(source, text, known);
        if (!other) return false;
        candidate.combined = Combine(query->aggregate, candidate.combined, *other * source.weight);
        return true;
      };
      group.Filter(same ? nullptr : source.entry, keeps);
    }
    return std::ranges::all_of(group.items(), [&](const Candidate& candidate) {
      return visit(candidate.member, candidate.combined);
    });
  });
}

void FindIntersection(AlgebraQuery* query, FoundScored* found) {
  Intersect(query, [found](const ZsetText& member, double score) {
    found->Add(member, score);
    return true;
  });
}

// Keeps what the source has not.
void KeepOthers(const Source& source, Group& group) {
  group.Filter(source.entry, [&](Candidate&, std::string_view text, const KnownHash& known) {
    return !ScoreIn(source, text, known);
  });
}

// Combines the candidates' scores with those that they have in the source.
void CombineScores(const Source& source, Aggregate aggregate, Group& group) {
  const auto keeps = [&](Candidate& candidate, std::string_view text, const KnownHash& known) {
    if (const auto other = ScoreIn(source, text, known)) {
      const double weighted = Numeric(source.weight * *other);
      candidate.combined = Combine(aggregate, candidate.combined, weighted);
    }
    return true;
  };
  group.Filter(source.entry, keeps);
}

// The union of sources sorted by size: what none before has, combined with those after it in their
// order, which is Redis's.
void FindByAsking(AlgebraQuery* query, FoundScored* found) {
  const std::span<const Source> sources = query->sources;
  for (size_t i = 0; i < sources.size(); ++i) {
    ForEachCandidateGroup(query->keyspace, sources[i], [&](Group& group) {
      for (const Source& before : sources.first(i)) KeepOthers(before, group);
      for (const Source& after : sources.subspan(i + 1)) {
        CombineScores(after, query->aggregate, group);
      }
      for (const Candidate& one : group.items()) found->Add(one.member, one.combined);
      return true;
    });
  }
}

void FindUnion(AlgebraQuery* query, FoundScored* found) {
  std::erase_if(query->sources, IsAbsent);
  SortBySize(&query->sources);
  const auto is_asked_fast = [](const Source& source) { return FindsByHash(*source.entry); };
  if (query->sources.size() <= kMostAsked && std::ranges::all_of(query->sources, is_asked_fast)) {
    return FindByAsking(query, found);
  }
  std::unordered_map<std::string_view, size_t, BytesHasher> places;
  for (const Source& source : query->sources) {
    const bool others_follow = &source != &query->sources.back();
    ForEachOf(source, [&](const ZsetText& member, double score) {
      const double weighted = Numeric(source.weight * score);
      ZsetText::Digits digits;
      const auto known = places.find(member.View(digits));
      if (known != places.end()) {
        double& present = found->views()[known->second].score;
        present = Combine(query->aggregate, present, weighted);
        return;
      }
      found->Add(member, weighted);
      if (!others_follow) return;
      places.emplace(found->views().back().member, found->views().size() - 1);
    });
  }
}

// As SDIFF.
void FindDifference(AlgebraQuery* query, FoundScored* found) {
  const Source& first = query->sources[0];
  const size_t size = SizeOf(first);
  const auto is_asked = [size](const Source& source) {
    return !GatheringPays(*source.entry, SizeOf(source), size);
  };
  std::vector<Source> others(query->sources.begin() + 1, query->sources.end());
  std::erase_if(others, IsAbsent);
  const bool less_itself = std::ranges::find(others, first.entry, &Source::entry) != others.end();
  if (less_itself) return;
  const auto small = std::partition(others.begin(), others.end(), is_asked);
  ForEachCandidateGroup(query->keyspace, first, [&](Group& group) {
    for (const Source& other : std::span(others.begin(), small)) KeepOthers(other, group);
    for (const Candidate& left : group.items()) found->Add(left.member, left.score);
    return true;
  });
  const auto walk = [](const Source& source, auto&& add) {
    ForEachOf(source, [&add](const ZsetText& member, double) { add(member); });
  };
  TakeOut(std::span(small, others.end()), walk, &found->views(), &ScoredView::member);
}

using Find = void (*)(AlgebraQuery* query, FoundScored* found);

// WEIGHTS and AGGREGATE are for those that combine scores.
template <Find find>
constexpr bool kWeighted = find != FindDifference;

template <Find find>
void Reply(Call& call) {
  auto query = ParseQuery(call, 1, {.weighted = kWeighted<find>});
  if (!query) return;
  FoundScored found;
  find(&*query, &found);
  SortScored(found.views());
  PairsReply reply(call.reply, query->with_scores, found.views().size());
  ForEachText(
      found.views(), [&reply](const ScoredView& view) { reply.Add(view); }, &ScoredView::member);
}

template <Find find, const KeyEvent& event>
void Store(Call& call) {
  auto query = ParseQuery(call, 2, {.to_store = true, .weighted = kWeighted<find>});
  if (!query) return;
  FoundScored found;
  find(&*query, &found);
  StoreZset(call, call.args[1], found, event);
}

void ZInterCard(Call& call) {
  auto query = ParseQuery(call, 1, {.weighted = false, .counted_only = true});
  if (!query) return;
  int64_t count = 0;
  Intersect(&*query, [&](const ZsetText&, double) { return ++count != query->limit; });
  call.reply.Integer(count);
}

constexpr std::string_view kDifference =
    "O(N*K+M*log(M)) where N is the size of the first set, K the number of sets and M the number "
    "of members found, and no more than O(S) for each that has S members, at most half as many";
constexpr std::string_view kEach =
    "O(N+M*log(M)) where N is the number of members of all sets and M the number of those found";
constexpr std::string_view kSmallest =
    "O(N*K+M*log(M)) where N is the size of the smallest set, K the number of sets and M the "
    "number of members found";

// The keys of commands that store: where to, and from where.
constexpr std::array<KeySpec, 3> kStoreKeys = {KeyAt(1, kKeyOw | kKeyUpdate),
                                               CountedKeysAt(2, kKeyRo | kKeyAccess)};

constexpr CommandSpec kCommands[] = {
    {.name = "zdiff",
     .function = Reply<FindDifference>,
     .arity = -3,
     .flags = kReadOnly | kMovableKeys,
     .keys = {CountedKeysAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = kDifference,
     .syntax = "numkeys:integer key [key ...] [WITHSCORES]",
     .summary = "Answers what is in the first sorted set and in none of the others."},
    {.name = "zdiffstore",
     .function = Store<FindDifference, events::kZDiffStore>,
     .arity = -4,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .keys = kStoreKeys,
     .since = "6.2.0",
     .complexity = kDifference,
     .syntax = "destination:key numkeys:integer key [key ...]",
     .summary = "Stores what is in the first sorted set and in none of the others."},
    {.name = "zinter",
     .function = Reply<FindIntersection>,
     .arity = -3,
     .flags = kReadOnly | kMovableKeys,
     .keys = {CountedKeysAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = kSmallest,
     .syntax = "numkeys:integer key [key ...] [WEIGHTS weight:integer [weight ...]] "
               "[AGGREGATE aggregate(SUM | MIN | MAX)] [WITHSCORES]",
     .summary = "Answers what is in all of the sorted sets."},
    {.name = "zintercard",
     .function = ZInterCard,
     .arity = -3,
     .flags = kReadOnly | kMovableKeys,
     .keys = {CountedKeysAt(1, kKeyRo | kKeyAccess)},
     .since = "7.0.0",
     .complexity = "O(N*K) where N is the size of the smallest set and K the number of sets",
     .syntax = "numkeys:integer key [key ...] [LIMIT limit:integer]",
     .summary = "Counts what is in all of the sorted sets."},
    {.name = "zinterstore",
     .function = Store<FindIntersection, events::kZInterStore>,
     .arity = -4,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .keys = kStoreKeys,
     .since = "2.0.0",
     .complexity = kSmallest,
     .syntax = "destination:key numkeys:integer key [key ...] [WEIGHTS weight:integer "
               "[weight ...]] [AGGREGATE aggregate(SUM | MIN | MAX)]",
     .summary = "Stores what is in all of the sorted sets."},
    {.name = "zunion",
     .function = Reply<FindUnion>,
     .arity = -3,
     .flags = kReadOnly | kMovableKeys,
     .keys = {CountedKeysAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = kEach,
     .syntax = "numkeys:integer key [key ...] [WEIGHTS weight:integer [weight ...]] "
               "[AGGREGATE aggregate(SUM | MIN | MAX)] [WITHSCORES]",
     .summary = "Answers what is in any of the sorted sets."},
    {.name = "zunionstore",
     .function = Store<FindUnion, events::kZUnionStore>,
     .arity = -4,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .keys = kStoreKeys,
     .since = "2.0.0",
     .complexity = kEach,
     .syntax = "destination:key numkeys:integer key [key ...] [WEIGHTS weight:integer "
               "[weight ...]] [AGGREGATE aggregate(SUM | MIN | MAX)]",
     .summary = "Stores what is in any of the sorted sets."},
};

}  // namespace

constexpr CommandFamily kZsetAlgebraFamily{
    .group = "sorted-set", .acl = kAclSortedSet, .commands = kCommands};

}  // namespace ebb
