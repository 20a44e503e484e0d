// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/blocked_keys.h"
#include "server/commands/families.h"
#include "server/commands/list_pop.h"
#include "server/commands/lookup.h"
#include "server/commands/pop_first.h"
#include "server/commands/timeout_arg.h"
#include "server/engine.h"
#include "storage/key_writer.h"
#include "storage/types/list.h"

// Lists, several at a time: what moves elements from one to another, or takes them from the first
// one that has some; at once, or when there are some.
namespace ebb {
namespace {

// ------------------------------------------------------------------------------- popping from many

// Which elements a command takes from the first list that has some, and how it shows them.
struct PopRequest {
  static constexpr Type kType = Type::kList;

  ListEnd end;
  std::optional<size_t> count;  // none: one, shown without an array of its own

  // REQUIRES: writer.exists(), a list.
  void Answer(Call& call, KeyWriter& writer) const {
    const size_t popped = std::min(count.value_or(1), ListSize(*writer.entry()));
    call.reply.Array(2);
    call.reply.Bulk(writer.key());
    if (count) call.reply.Array(popped);
    // As Redis, what BLPOP gets that has waited counts as no change; what BLMPOP gets does.
    PopElements(call, writer, end, popped, call.waited() && !count ? 0 : popped);
  }
};

void LMPop(Call& call) {
  const auto pop = ParseMultiPop<PopRequest>(call, 1, ParseListEnd);
  if (pop && !PopFirst(call, pop->keys, pop->request)) call.reply.NullArray();
}

void BLMPop(Call& call) {
  const auto pop = ParseMultiPop<PopRequest>(call, 2, ParseListEnd);
  if (pop) PopFirstOrWait(call, pop->keys, pop->request, call.args[1]);
}

// ------------------------------------------------------------------------------------------ moving

// From which end of a list to which end of another one, or of the same.
struct Move {
  ListEnd from;
  ListEnd to;
};

void TakeOne(KeyWriter& writer, ListEnd end) {
  if (ListSize(*writer.entry()) == 1) return writer.RemoveEmpty();
  DropElements(writer, end, 1);
}

// A copy of the outermost element.
std::string CopyElement(const Entry& entry, ListEnd end) {
  ListText::Digits digits;
  const size_t index = end == ListEnd::kHead ? 0 : ListSize(entry) - 1;
  return std::string(ListWalk(entry, index).Get().View(digits));
}

// Moves an element within one list, which counts as so many `changes`.
void Rotate(KeyWriter& writer, const Move& move, std::string_view element, uint64_t changes) {
  const std::string_view elements[] = {element};
  if (move.from != move.to && ListSize(*writer.entry()) > 1) {
    DropElements(writer, move.from, 1);
    PushElements(writer, move.to, elements);
  }
  writer.Changed(PushEvent(move.to), changes);
  writer.Changed(PopEvent(move.from));
}

// Moves an element and answers it. The source has to be a list, or to be absent: null then. False,
// with nothing written, where it is absent. As in Redis, this is no change where it was waited for.
bool MoveElement(Call& call, std::string_view source, std::string_view destination,
                 const Move& move) {
  const uint64_t changes = call.waited() ? 0 : 1;
  std::string element;
  {
    KeyWriter writer(call.db(), source);
    if (!CheckType(call, writer.entry(), Type::kList)) return true;
    if (!writer.exists()) return false;
    element = CopyElement(*writer.entry(), move.from);
    if (source == destination) {
      Rotate(writer, move, element, changes);
      call.reply.Bulk(element);
      return true;
    }
  }
  {
    KeyWriter writer(call.db(), destination);
    if (!CheckType(call, writer.entry(), Type::kList)) return true;
    const std::string_view elements[] = {element};
    PushElements(writer, move.to, elements);
    writer.Changed(PushEvent(move.to), changes);
  }
  KeyWriter writer(call.db(), source);
  writer.Changed(PopEvent(move.from), 0);
  TakeOne(writer, move.from);
  call.reply.Bulk(element);
  return true;
}

// A command that waits for a list whose element it moves.
class MoveWaiter final : public KeyWaiter {
 public:
  MoveWaiter(std::string_view destination, const Move& move)
      : destination_(destination), move_(move) {}
  bool Takes(const Entry& entry) const override { return entry.type() == Type::kList; }
  void ReplyTimeout(Session& session) override { session.reply.NullArray(); }
  void Take(Call& call, std::string_view key) override {
    MoveElement(call, key, destination_, move_);
  }

 private:
  const std::string destination_;
  const Move move_;
};

void MoveElementOrWait(Call& call, const Move& move, std::string_view timeout) {
  const auto deadline_ms = ParseTimeout(call, timeout);
  if (!deadline_ms || MoveElement(call, call.args[1], call.args[2], move)) return;
  if (!call.may_block) return call.reply.Null();
  auto waiter = std::make_unique<MoveWaiter>(call.args[2], move);
  call.engine.blocked_keys().Block(call, std::move(waiter), call.args.subspan(1, 1), *deadline_ms);
}

// The two ends at args[3] and args[4]; nothing when the error has been written.
std::optional<Move> ParseMove(Call& call) {
  const auto from = ParseListEnd(call.args[3]);
  const auto to = ParseListEnd(call.args[4]);
  if (from && to) return Move{*from, *to};
  call.reply.Error(errors::kSyntax);
  return std::nullopt;
}

constexpr Move kTailToHead{ListEnd::kTail, ListEnd::kHead};

void LMove(Call& call) {
  const auto move = ParseMove(call);
  if (move && !MoveElement(call, call.args[1], call.args[2], *move)) call.reply.Null();
}

void BLMove(Call& call) {
  if (const auto move = ParseMove(call)) MoveElementOrWait(call, *move, call.args[5]);
}

void RPopLPush(Call& call) {
  if (!MoveElement(call, call.args[1], call.args[2], kTailToHead)) call.reply.Null();
}

void BRPopLPush(Call& call) {
  MoveElementOrWait(call, kTailToHead, call.args[3]);
}

constexpr std::string_view kEachKey = "O(N) where N is the number of keys";
constexpr std::string_view kKeysAndElements =
    "O(N+M) where N is the number of keys and M the number of elements that are answered";

// Where elements are taken from, and where they go.
constexpr std::array<KeySpec, 3> kMoveKeys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete),
                                              KeyAt(2, kKeyRw | kKeyInsert)};

constexpr uint32_t kPopped = kKeyRw | kKeyAccess | kKeyDelete;

constexpr CommandSpec kCommands[] = {
    {.name = "lmove",
     .function = LMove,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .keys = kMoveKeys,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "source:key destination:key wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT)",
     .summary = "Moves an element from an end of a list to an end of another one."},
    {.name = "rpoplpush",
     .function = RPopLPush,
     .arity = 3,
     .flags = kWrite | kDenyOom,
     .keys = kMoveKeys,
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "source:key destination:key",
     .summary = "Moves the last element of a list to the head of another one.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
    {.name = "lmpop",
     .function = LMPop,
     .arity = -4,
     .flags = kWrite | kMovableKeys,
     .keys = {CountedKeysAt(1, kPopped)},
     .since = "7.0.0",
     .complexity = kKeysAndElements,
     .syntax = "numkeys:integer key [key ...] where(LEFT | RIGHT) [COUNT count]",
     .summary = "Pops elements from the first list that is there."},
    {.name = "blpop",
     .function = PopOneOrWait<PopRequest, ListEnd::kHead>,
     .arity = -3,
     .flags = kWrite | kNoScript | kBlocking,
     .keys = {KeyRange(1, -2, 1, kKeyRw | kKeyAccess | kKeyDelete)},
     .since = "2.0.0",
     .complexity = kEachKey,
     .syntax = "key [key ...] timeout:double",
     .summary = "Pops an element from the head of the first list that is there, or waits for one.",
     .history = "6.0.0 The timeout is a decimal."},
    {.name = "brpop",
     .function = PopOneOrWait<PopRequest, ListEnd::kTail>,
     .arity = -3,
     .flags = kWrite | kNoScript | kBlocking,
     .keys = {KeyRange(1, -2, 1, kKeyRw | kKeyAccess | kKeyDelete)},
     .since = "2.0.0",
     .complexity = kEachKey,
     .syntax = "key [key ...] timeout:double",
     .summary = "Pops an element from the tail of the first list that is there, or waits for one.",
     .history = "6.0.0 The timeout is a decimal."},
    {.name = "blmove",
     .function = BLMove,
     .arity = 6,
     .flags = kWrite | kDenyOom | kNoScript | kBlocking,
     .keys = kMoveKeys,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "source:key destination:key wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT) "
               "timeout:double",
     .summary =
         "Moves an element from an end of a list to an end of another one, or waits for it."},
    {.name = "brpoplpush",
     .function = BRPopLPush,
     .arity = 4,
     .flags = kWrite | kDenyOom | kNoScript | kBlocking,
     .keys = kMoveKeys,
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "source:key destination:key timeout:double",
     .summary = "Moves the last element of a list to the head of another one, or waits for it.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
     .history = "6.0.0 The timeout is a decimal."},
    {.name = "blmpop",
     .function = BLMPop,
     .arity = -5,
     .flags = kWrite | kBlocking | kMovableKeys,
     .keys = {CountedKeysAt(2, kPopped)},
     .since = "7.0.0",
     .complexity = kKeysAndElements,
     .syntax = "timeout:double numkeys:integer key [key ...] where(LEFT | RIGHT) [COUNT count]",
     .summary = "Pops elements from the first list that is there, or waits for one."},
};

}  // namespace

constexpr CommandFamily kListMoveFamily{.group = "list", .acl = kAclList, .commands = kCommands};

}  // namespace ebb
