// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/collection.h"
#include "server/commands/element_texts.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/random_args.h"
#include "server/commands/reply_element.h"
#include "server/commands/scan_args.h"
#include "server/engine.h"
#include "storage/hash.h"
#include "storage/key_writer.h"
#include "storage/types/set.h"

// Sets, member by member and as wholes. Several sets together: set_algebra_commands.cc.
namespace ebb {
namespace {

// The set at args[1]; null when it is absent, or `*failed`.
const Entry* ReadSet(Call& call, bool* failed) {
  return ReadKey(call, call.args[1], Type::kSet, failed);
}

// ----------------------------------------------------------------------------------------- writing

void SAdd(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kSet)) return;
  const size_t added = AddMembers(writer, call.args.subspan(2));
  if (added > 0) writer.Changed(events::kSAdd, added);
  call.reply.Integer(static_cast<int64_t>(added));
}

// Takes the member out of the set at `key`; answers whether it was there.
bool TakeOut(Call& call, std::string_view key, std::string_view member) {
  KeyWriter writer(call.db(), key);
  if (!EraseMember(writer, member)) return false;
  writer.Changed(events::kSRem);
  if (SetSize(*writer.entry()) == 0) writer.RemoveEmpty();
  return true;
}

void SMove(Call& call) {
  const std::string_view from = call.args[1];
  const std::string_view to = call.args[2];
  const std::string_view member = call.args[3];
  // As a write, it counts neither hits nor misses.
  const Entry* source = call.db().Use(from);
  const Entry* target = call.db().Use(to);
  if (source == nullptr) return call.reply.Integer(0);
  if (!CheckType(call, source, Type::kSet) || !CheckType(call, target, Type::kSet)) return;
  const bool there = HasMember(*source, member, call.db().known_element());
  if (from != to && there) {
    TakeOut(call, from, member);
    KeyWriter writer(call.db(), to);
    const std::string_view members[] = {member};
    if (AddMembers(writer, members) > 0) writer.Changed(events::kSAdd);
  }
  call.reply.Integer(there ? 1 : 0);
}

// ------------------------------------------------------------------------------------------ random

// Answers a member and takes it out.
void PopOne(Call& call, KeyWriter& writer) {
  const DrawnMember drawn = DrawMember(*writer.entry());
  ReplyElement(call.reply, drawn.text);
  EraseDrawn(writer, drawn);
}

// The same with many, where so few stay that these are drawn: the set is made anew of them, in the
// form that suits them, and the old one dies as a whole.
void PopAllBut(Call& call, KeyWriter& writer, size_t count) {
  ElementTexts texts;
  std::unordered_set<std::string_view, BytesHasher> kept;
  for (const SetText& member : SampleMembers(*writer.entry(), count)) kept.insert(texts.Of(member));
  ForEachMember(*writer.entry(), [&](const SetText& member) {
    SetText::Digits digits;
    if (!kept.contains(member.View(digits))) ReplyElement(call.reply, member);
  });
  AssignSet(writer, std::vector<std::string_view>(kept.begin(), kept.end()));
}

void PopMembers(Call& call, KeyWriter& writer, size_t count) {
  constexpr size_t kFew = 5;  // so many times as many go
  const size_t size = SetSize(*writer.entry());
  const size_t left = size - std::min(count, size);
  call.reply.Set(size - left);
  writer.Changed(events::kSPop, size - left);
  if (left == 0) {
    ForEachMember(*writer.entry(),
                  [&](const SetText& member) { ReplyElement(call.reply, member); });
    writer.RemoveEmpty();
  } else if (left * kFew <= count) {
    PopAllBut(call, writer, left);
  } else {
    for (; count > 0; --count) PopOne(call, writer);
  }
}

void SPopCount(Call& call) {
  ArgParser parser(call, 2);
  const int64_t count = parser.Count();
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kSet)) return;
  if (!writer.exists() || count == 0) return call.reply.Set(0);
  PopMembers(call, writer, static_cast<size_t>(count));
}

void SPop(Call& call) {
  if (call.args.size() > 3) return call.reply.Error(errors::kSyntax);
  if (call.args.size() > 2) return SPopCount(call);
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kSet)) return;
  if (!writer.exists()) return call.reply.Null();
  PopOne(call, writer);
  writer.Changed(events::kSPop);
  if (SetSize(*writer.entry()) == 0) writer.RemoveEmpty();
}

void SRandMemberCount(Call& call) {
  RandomArgs args;
  const Entry* entry = ReadRandomArgs(call, Type::kSet, {}, &args);
  if (entry == nullptr) return;
  if (!args.may_repeat) {
    const auto members = SampleMembers(*entry, args.count);
    call.reply.Array(members.size());
    for (const SetText& member : members) ReplyElement(call.reply, member);
    return;
  }
  call.reply.Array(args.count);
  for (size_t left = args.count; left > 0 && !call.session.closing; --left) {
    ReplyElement(call.reply, RandomMember(*entry));
  }
}

void SRandMember(Call& call) {
  if (call.args.size() > 3) return call.reply.Error(errors::kSyntax);
  if (call.args.size() > 2) return SRandMemberCount(call);
  bool failed = false;
  const Entry* entry = ReadSet(call, &failed);
  if (failed) return;
  entry != nullptr ? ReplyElement(call.reply, RandomMember(*entry)) : call.reply.Null();
}

// ----------------------------------------------------------------------------------------- reading

void ReplyIsMember(Call& call, const Entry* entry, std::string_view member) {
  const bool there = entry != nullptr && HasMember(*entry, member, call.db().known_element());
  call.reply.Integer(there ? 1 : 0);
}

void SMembers(Call& call) {
  bool failed = false;
  const Entry* entry = ReadSet(call, &failed);
  if (failed) return;
  call.reply.Set(entry != nullptr ? SetSize(*entry) : 0);
  if (entry == nullptr) return;
  ForEachMember(*entry, [&call](const SetText& member) { ReplyElement(call.reply, member); });
}

void SScan(Call& call) {
  const auto step = [](const Entry& set, uint64_t cursor, auto&& add) {
    return ScanMembers(set, cursor, add);
  };
  const auto reply = [&call](const Entry&, const SetText& member) {
    ReplyElement(call.reply, member);
  };
  ReplyElementScan<SetText>(call, Type::kSet, 1, step, reply);
}

constexpr CommandSpec kCommands[] = {
    {.name = "sadd",
     .function = SAdd,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .element = 2,
     .since = "1.0.0",
     .complexity = "O(1) for each member",
     .syntax = "key member [member ...]",
     .summary = "Adds members to a set.",
     .history = "2.4.0 Takes several members."},
    {.name = "scard",
     .function = CountElements<Type::kSet, SetSize>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the number of members in a set."},
    {.name = "sismember",
     .function = ReplyOne<Type::kSet, ReplyIsMember>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .element = 2,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key member",
     .summary = "Answers whether a set has a member."},
    {.name = "smembers",
     .function = SMembers,
     .arity = 2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of members",
     .syntax = "key",
     .summary = "Answers all members of a set.",
     .tips = "nondeterministic_output_order"},
    {.name = "smismember",
     .function = ReplyEach<Type::kSet, ReplyIsMember>,
     .arity = -3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "6.2.0",
     .complexity = "O(N) where N is the number of members asked about",
     .syntax = "key member [member ...]",
     .summary = "Answers for each of several members whether a set has it."},
    {.name = "smove",
     .function = SMove,
     .arity = 4,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete), KeyAt(2, kKeyRw | kKeyInsert)},
     .element = 3,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "source:key destination:key member",
     .summary = "Moves a member from one set to another."},
    {.name = "spop",
     .function = SPop,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of members asked for",
     .syntax = "key [count@3.2.0]",
     .summary = "Answers random members of a set and takes them out.",
     .tips = "nondeterministic_output",
     .history = "3.2.0 Takes a number."},
    {.name = "srandmember",
     .function = SRandMember,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of members asked for; for more than a third of a "
                   "big set, that of all members",
     .syntax = "key [count@2.6.0]",
     .summary = "Answers random members of a set.",
     .tips = "nondeterministic_output",
     .history = "2.6.0 Takes a number."},
    {.name = "srem",
     .function = EraseElements<Type::kSet, SetSize, EraseMember, events::kSRem>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .element = 2,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of members to remove",
     .syntax = "key member [member ...]",
     .summary = "Removes members from a set.",
     .history = "2.4.0 Takes several members."},
    {.name = "sscan",
     .function = SScan,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.0",
     .complexity = "O(COUNT) for a call, O(N) for a whole walk over N members",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .summary = "Walks over the members of a set, some at a time.",
     .tips = "nondeterministic_output"},
};

}  // namespace

constexpr CommandFamily kSetFamily{.group = "set", .acl = kAclSet, .commands = kCommands};

}  // namespace ebb
