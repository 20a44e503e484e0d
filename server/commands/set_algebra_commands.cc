// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/element_group.h"
#include "server/commands/element_texts.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/hash.h"
#include "storage/key_writer.h"
#include "storage/texts_ahead.h"
#include "storage/types/set.h"

// Several sets together: what is in all, in any, in the first alone.
namespace ebb {
namespace {

// The sets at some keys, null for those that are absent.
using Sets = std::vector<const Entry*>;

// False when one of them is no set: the error has been written.
bool ReadSets(Call& call, Args keys, Sets* sets) {
  for (const std::string_view key : keys) {
    const Entry* entry = call.db().Read(key);
    if (!CheckType(call, entry, Type::kSet)) return false;
    sets->push_back(entry);
  }
  return true;
}

// Members that have been found, all different, valid as ElementTexts are.
class Found {
 public:
  void Add(const SetText& member) { views_.push_back(texts_.Of(member)); }

  std::vector<std::string_view>& views() { return views_; }

 private:
  std::vector<std::string_view> views_;
  ElementTexts texts_;
};

using Group = ElementGroup<SetText>;

// Calls `visit(Group&)` for the members of a set, some at a time, until it answers false.
template <typename Visit>
void ForEachMemberGroup(Keyspace& keyspace, const Entry& set, Visit&& visit) {
  const auto walk = [&set](auto&& add) {
    ForEachMember(set, [&add](const SetText& member) { return add(member, member); });
  };
  ForEachGroup<SetText>(keyspace, walk, visit);
}

// Keeps those that `set` has, or those that it has not.
void KeepIf(bool there, const Entry& set, Group& group) {
  group.Filter(&set, [&set, there](SetText&, std::string_view text, const KnownHash& known) {
    return HasMember(set, text, known) == there;
  });
}

// Calls `visit(const SetText&)` for what is in all sets until it says false. O(n * m), n the
// smallest set's size.
template <typename Visit>
void Intersect(Keyspace& keyspace, Sets sets, Visit&& visit) {
  if (std::ranges::find(sets, nullptr) != sets.end()) return;
  // One that is named again has nothing more to say.
  std::ranges::sort(sets, {}, [](const Entry* set) { return std::pair(SetSize(*set), set); });
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  ForEachMemberGroup(keyspace, *sets[0], [&](Group& group) {
    for (const Entry* set : std::span(sets).subspan(1)) KeepIf(true, *set, group);
    return std::ranges::all_of(group.items(), visit);
  });
}

void FindIntersection(Keyspace& keyspace, Sets sets, Found* found) {
  Intersect(keyspace, std::move(sets), [found](const SetText& member) {
    found->Add(member);
    return true;
  });
}

void AddAll(const Group& group, Found* found) {
  for (const SetText& member : group.items()) found->Add(member);
}

// The union of sets from the largest on: each is asked for the members of those that follow.
void FindByAsking(Keyspace& keyspace, const Sets& sets, Found* found) {
  for (size_t i = 0; i < sets.size(); ++i) {
    ForEachMemberGroup(keyspace, *sets[i], [&](Group& group) {
      for (const Entry* earlier : std::span(sets).first(i)) KeepIf(false, *earlier, group);
      AddAll(group, found);
      return true;
    });
  }
}

void FindUnion(Keyspace& keyspace, Sets sets, Found* found) {
  std::erase(sets, nullptr);
  if (sets.empty()) return;
  std::ranges::sort(sets, std::greater(), [](const Entry* set) { return SetSize(*set); });
  const auto finds_by_hash = [](const Entry* set) { return FindsByHash(*set); };
  if (sets.size() <= kMostAsked && std::all_of(sets.begin(), sets.end() - 1, finds_by_hash)) {
    return FindByAsking(keyspace, sets, found);
  }
  // The smallest first, so that the largest need not be remembered.
  std::ranges::reverse(sets);
  std::unordered_set<std::string_view, BytesHasher> seen;
  for (const Entry* const& set : sets) {
    const bool others_follow = &set != &sets.back();
    ForEachMember(*set, [&](const SetText& member) {
      SetText::Digits digits;
      if (seen.contains(member.View(digits))) return;
      found->Add(member);
      if (others_follow) seen.insert(found->views().back());
    });
  }
}

// The others are asked for each member of the first, but for those so small that to gather their
// members costs less: O(N) memory, and for each other the lesser of O(N) and O(its size).
void FindDifference(Keyspace& keyspace, Sets sets, Found* found) {
  if (sets[0] == nullptr) return;
  const size_t size = SetSize(*sets[0]);
  const auto is_asked = [size](const Entry* set) {
    return !GatheringPays(*set, SetSize(*set), size);
  };
  Sets others(sets.begin() + 1, sets.end());
  if (std::ranges::find(others, sets[0]) != others.end()) return;  // less itself
  std::erase(others, nullptr);
  const auto small = std::partition(others.begin(), others.end(), is_asked);
  ForEachMemberGroup(keyspace, *sets[0], [&](Group& group) {
    for (const Entry* set : std::span(others.begin(), small)) KeepIf(false, *set, group);
    AddAll(group, found);
    return true;
  });
  const auto walk = [](const Entry* set, auto&& add) { ForEachMember(*set, add); };
  TakeOut(std::span(small, others.end()), walk, &found->views());
}

using Find = void (*)(Keyspace& keyspace, Sets sets, Found* found);

template <Find find>
void Reply(Call& call) {
  Sets sets;
  if (!ReadSets(call, call.args.subspan(1), &sets)) return;
  Found found;
  find(call.db(), std::move(sets), &found);
  call.reply.Set(found.views().size());
  ForEachText(found.views(), [&call](std::string_view member) { call.reply.Bulk(member); });
}

template <Find find, const KeyEvent& event>
void Store(Call& call) {
  Sets sets;
  if (!ReadSets(call, call.args.subspan(2), &sets)) return;
  Found found;
  find(call.db(), std::move(sets), &found);
  StoreResult(call, call.args[1], found.views().size(), event,
              [&](KeyWriter& writer) { AssignSet(writer, found.views()); });
}

void SInterCard(Call& call) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  ArgParser parser(call, 1);
  const int64_t keys = parser.Integer(1, kMax, "ERR numkeys should be greater than 0");
  if (keys > static_cast<int64_t>(call.args.size()) - 2) {
    parser.Fail("ERR Number of keys can't be greater than number of args");
  }
  for (int64_t i = 0; i < keys && parser.More(); ++i) parser.Text();
  int64_t limit = 0;
  while (parser.More()) {
    if (parser.Take("LIMIT", 1)) {
      limit = parser.Integer(0, kMax, "ERR LIMIT can't be negative");
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return;

  Sets sets;
  if (!ReadSets(call, call.args.subspan(2, static_cast<size_t>(keys)), &sets)) return;
  int64_t count = 0;
  Intersect(call.db(), std::move(sets), [&](const SetText&) { return ++count != limit; });
  call.reply.Integer(count);
}

constexpr std::string_view kDifference =
    "O(N*M) where N is the size of the first set and M the number of sets, and no more than O(S) "
    "for each that has S members, at most half as many";
constexpr std::string_view kEach = "O(N) where N is the number of members of all sets";
constexpr std::string_view kSmallest =
    "O(N*M) where N is the size of the smallest set and M the number of sets";

// The keys of commands that store: where to, and from where.
constexpr std::array<KeySpec, 3> StoreKeys(uint32_t destination) {
  return {KeyAt(1, destination | kKeyUpdate), KeyRange(2, -1, 1, kKeyRo | kKeyAccess)};
}

constexpr CommandSpec kCommands[] = {
    {.name = "sdiff",
     .function = Reply<FindDifference>,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyRange(1, -1, 1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = kDifference,
     .syntax = "key [key ...]",
     .summary = "Answers what is in the first set and in none of the others.",
     .tips = "nondeterministic_output_order"},
    {.name = "sdiffstore",
     .function = Store<FindDifference, events::kSDiffStore>,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = StoreKeys(kKeyOw),
     .since = "1.0.0",
     .complexity = kDifference,
     .syntax = "destination:key key [key ...]",
     .summary = "Stores what is in the first set and in none of the others."},
    {.name = "sinter",
     .function = Reply<FindIntersection>,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyRange(1, -1, 1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = kSmallest,
     .syntax = "key [key ...]",
     .summary = "Answers what is in all of the sets.",
     .tips = "nondeterministic_output_order"},
    {.name = "sintercard",
     .function = SInterCard,
     .arity = -3,
     .flags = kReadOnly | kMovableKeys,
     .keys = {CountedKeysAt(1, kKeyRo | kKeyAccess)},
     .since = "7.0.0",
     .complexity = kSmallest,
     .syntax = "numkeys:integer key [key ...] [LIMIT limit:integer]",
     .summary = "Counts what is in all of the sets."},
    {.name = "sinterstore",
     .function = Store<FindIntersection, events::kSInterStore>,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = StoreKeys(kKeyRw),
     .since = "1.0.0",
     .complexity = kSmallest,
     .syntax = "destination:key key [key ...]",
     .summary = "Stores what is in all of the sets."},
    {.name = "sunion",
     .function = Reply<FindUnion>,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyRange(1, -1, 1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = kEach,
     .syntax = "key [key ...]",
     .summary = "Answers what is in any of the sets.",
     .tips = "nondeterministic_output_order"},
    {.name = "sunionstore",
     .function = Store<FindUnion, events::kSUnionStore>,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = StoreKeys(kKeyOw),
     .since = "1.0.0",
     .complexity = kEach,
     .syntax = "destination:key key [key ...]",
     .summary = "Stores what is in any of the sets."},
};

}  // namespace

constexpr CommandFamily kSetAlgebraFamily{.group = "set", .acl = kAclSet, .commands = kCommands};

}  // namespace ebb
