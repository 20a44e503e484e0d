// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "storage/key_writer.h"
#include "storage/prefetch.h"
#include "storage/texts_ahead.h"
#include "storage/types/zset.h"

// What changes sorted sets; zset.cc reads them.
namespace ebb {
namespace {

bool IsTree(const KeyWriter& writer) {
  return writer.exists() && writer.entry()->encoding() == Encoding::kSkiplist;
}

// What a set lets go of after a cut: its shedding.
constexpr Shedding::Work kShedding{
    .step = [](Value* value,
               Disposer& disposer) { return static_cast<ZsetValue*>(value)->Shed(disposer); },
    .end =
        [](Value* value, Disposer& disposer) {
          auto* const zset = static_cast<ZsetValue*>(value);
          zset->shedding = false;
          if (!GiveBack(value)) return;
          ZsetValue::Discard(zset, zset->Memory(), disposer);
        }};

// ------------------------------------------------------------------------------------- conversion

void AppendTo(ZsetValue& zset, std::string_view member, double score) {
  ScoredMember* const element = zset.NewMember(score, member);
  zset.members.Insert(element, HashBytes(member));
  zset.order.InsertAt(zset.order.size(), element);
}

// Makes the key, a listpack or nothing, a skiplist.
void ConvertToTree(KeyWriter& writer) {
  ZsetValue* const zset = ZsetValue::Make();
  if (writer.exists()) {
    ForEachScored(*writer.entry(), [zset](const ZsetItem& item) {
      ZsetText::Digits digits;
      AppendTo(*zset, item.member.View(digits), item.score);
    });
  }
  writer.MakePointer(Type::kZset, Encoding::kSkiplist, zset);
}

// Whether a listpack of so many bytes may have `count` members, and one as long as this.
bool FitsListpack(const EncodingLimits& limits, size_t bytes, size_t count, size_t longest) {
  return bytes <= limits.max_listpack_bytes &&
         count <= static_cast<size_t>(limits.zset_max_listpack_entries) &&
         longest <= limits.zset_max_listpack_value;
}

// ------------------------------------------------------------------------------------------ adding

// What becomes of a member that has the score `present`; `*score` is what it is to get.
AddOutcome Decide(double present, const AddOptions& options, double* score) {
  if (options.only_new) return AddOutcome::kRefused;
  if (options.increment) *score += present;
  if (std::isnan(*score)) return AddOutcome::kNotANumber;
  if (options.only_less && *score >= present) return AddOutcome::kRefused;
  if (options.only_greater && *score <= present) return AddOutcome::kRefused;
  return *score != present ? AddOutcome::kChanged : AddOutcome::kSame;
}

// Gives the member in `slot` another score.
void Rescore(KeyWriter& writer, ZsetValue& zset, ZsetValue::Members::Slot slot, double score) {
  ScoredMember* const old = slot.element();
  zset.TakeFromOrder(zset.order.RankOf(old->score(), old->view()));
  if (old->Rescore(score)) return zset.AddToOrder(old);
  ScoredMember* const fresh = zset.NewMember(score, old->view());
  zset.Replace(slot, fresh);
  zset.AddToOrder(fresh);
  writer.keyspace().disposer().DisposeElement(old, DisposeCause::kUserDel);
}

AddResult AddToTree(KeyWriter& writer, std::string_view member, double score,
                    const AddOptions& options) {
  ZsetValue& zset = TreeOf(*writer.entry());
  ScoredMember* fresh = nullptr;
  auto found = zset.members.FindOrInsert(member, writer.HashOf(member), [&] {
    if (!options.only_present) fresh = zset.NewMember(score, member);
    return fresh;
  });
  if (fresh == nullptr && found.slot && zset.IsCut(*found.slot.element())) {
    if (options.only_present) return {AddOutcome::kRefused};
    fresh = zset.NewMember(score, member);
    zset.Replace(found.slot, fresh);
  }
  if (fresh != nullptr) {
    zset.AddToOrder(fresh);
    return {AddOutcome::kAdded, score};
  }
  if (!found.slot) return {AddOutcome::kRefused};
  const AddOutcome outcome = Decide(found.slot.element()->score(), options, &score);
  if (outcome == AddOutcome::kChanged) Rescore(writer, zset, found.slot, score);
  return {outcome, score};
}

// The offset in a listpack before which a member of this score comes.
size_t PlaceOf(const Listpack& list, std::string_view member, double score) {
  size_t at = list.Begin();
  while (at < list.End()) {
    const size_t score_at = list.Next(at);
    const double other = ReadScore(list.Get(score_at));
    ZsetText::Digits digits;
    if (other > score) break;
    if (other == score && list.Get(at).View(digits) >= member) break;
    at = list.Next(score_at);
  }
  return at;
}

// Gives the member at `at` of a listpack another score.
void RescorePacked(KeyWriter& writer, size_t at, std::string_view member, double score) {
  const Listpack list(StoredBytes(*writer.entry()));
  const size_t score_at = list.Next(at);
  const size_t end = list.Next(score_at);
  size_t place = PlaceOf(list, member, score);
  const ScoreText text(score);
  if (place == at || place == end) return ReplacePacked(writer, score_at, text.view());
  if (place > at) place -= end - at;
  ErasePacked(writer, at, 2);
  const std::string_view pair[] = {member, text.view()};
  InsertPacked(writer, Type::kZset, place, pair);
}

AddResult AddToListpack(KeyWriter& writer, std::string_view member, double score,
                        const AddOptions& options) {
  const Listpack list(writer.exists() ? StoredBytes(*writer.entry()) : std::string_view());
  const size_t at = list.Find(ListpackNeedle(member), list.Begin(), 2);
  if (at < list.End()) {
    const AddOutcome outcome = Decide(ReadScore(list.Get(list.Next(at))), options, &score);
    if (outcome == AddOutcome::kChanged) RescorePacked(writer, at, member, score);
    return {outcome, score};
  }
  if (options.only_present) return {AddOutcome::kRefused};
  const size_t bytes = list.End() + member.size();
  if (!FitsListpack(writer.keyspace().limits(), bytes, list.Count() / 2 + 1, member.size())) {
    ConvertToTree(writer);
    return AddToTree(writer, member, score, options);
  }
  const ScoreText text(score);
  const std::string_view pair[] = {member, text.view()};
  InsertPacked(writer, Type::kZset, PlaceOf(list, member, score), pair);
  return {AddOutcome::kAdded, score};
}

}  // namespace

AddResult AddScored(KeyWriter& writer, std::string_view member, double score,
                    const AddOptions& options) {
  return IsTree(writer) ? AddToTree(writer, member, score, options)
                        : AddToListpack(writer, member, score, options);
}

// ---------------------------------------------------------------------------------------- removing

bool EraseScored(KeyWriter& writer, std::string_view member) {
  if (!IsTree(writer)) {
    const Listpack list(StoredBytes(*writer.entry()));
    const size_t at = list.Find(ListpackNeedle(member), list.Begin(), 2);
    if (at == list.End()) return false;
    ErasePacked(writer, at, 2);
    return true;
  }
  ZsetValue& zset = TreeOf(*writer.entry());
  const auto slot = zset.Find(member, writer.HashOf(member));
  if (!slot) return false;
  zset.TakeFromOrder(zset.order.RankOf(slot.element()->score(), member));
  writer.keyspace().disposer().DisposeElement(zset.Forget(slot), DisposeCause::kUserDel);
  return true;
}

namespace {

// Cuts many members off as a whole.
void CutRanks(KeyWriter& writer, const RankRange& ranks) {
  ZsetValue& zset = TreeOf(*writer.entry());
  zset.Cut(ranks.first, ranks.count);
  // As many steps as nobody notices are done here and now.
  constexpr size_t kStepsAtOnce = 16;
  Disposer& disposer = writer.keyspace().disposer();
  for (size_t i = 0; i < kStepsAtOnce || !disposer.lazy(DisposeCause::kUserDel); ++i) {
    if (!zset.Shed(disposer)) return;
  }
  if (zset.shedding) return;
  zset.shedding = true;
  writer.keyspace().shedding().Add(&zset, kShedding);
}

// As many are removed one by one.
constexpr size_t kOneByOne = 32;

// Whoever took one member from an end is often about to take the next ones: one that will be the
// first or the last a little later is fetched meanwhile, and the dict's place of one that comes
// sooner, whose bytes are there by now.
void FetchNext(const ZsetValue& zset, size_t erased_rank) {
  constexpr size_t kMemberAhead = 12;
  constexpr size_t kPlaceAhead = 6;
  const size_t size = zset.order.size();
  if (size <= kMemberAhead || (erased_rank != 0 && erased_rank != size)) return;
  constexpr size_t kBetween = kMemberAhead - kPlaceAhead;
  const bool at_begin = erased_rank == 0;
  const size_t first_rank = at_begin ? kPlaceAhead : size - 1 - kMemberAhead;
  const ScoreTree::Run run = zset.order.RunAt(first_rank);
  const ScoredMember* const low = run.items[run.at];
  // Nearly always both are in one leaf.
  const ScoredMember* const high = run.at + kBetween < run.items.size()
                                       ? run.items[run.at + kBetween]
                                       : zset.order.At(first_rank + kBetween);
  Prefetch(at_begin ? high : low);
  Prefetch(zset.members.LikelyBucket(HashBytes((at_begin ? low : high)->view())));
}

void EraseOneByOne(KeyWriter& writer, const RankRange& ranks) {
  ZsetValue& zset = TreeOf(*writer.entry());
  std::array<uint64_t, kOneByOne> hashes;
  for (size_t i = 0; i < ranks.count; ++i) {
    hashes[i] = HashBytes(zset.order.At(ranks.first + i)->view());
    Prefetch(zset.members.LikelyBucket(hashes[i]));
  }
  for (size_t i = 0; i < ranks.count; ++i) {
    const ScoredMember* const member = zset.TakeFromOrder(ranks.first);
    ScoredMember* const old = zset.Forget(zset.members.FindElement(member, hashes[i]));
    writer.keyspace().disposer().DisposeElement(old, DisposeCause::kUserDel);
  }
  FetchNext(zset, ranks.first);
}

}  // namespace

void EraseRanks(KeyWriter& writer, const RankRange& ranks) {
  if (!IsTree(writer)) {
    const Listpack list(StoredBytes(*writer.entry()));
    return ErasePacked(writer, list.Seek(static_cast<int64_t>(2 * ranks.first)), 2 * ranks.count);
  }
  ranks.count > kOneByOne ? CutRanks(writer, ranks) : EraseOneByOne(writer, ranks);
}

// --------------------------------------------------------------------------------------- assigning

namespace {

// The bytes of a listpack with these members, which are in order.
std::string AsListpack(std::span<const ScoredView> members) {
  ListpackBuilder list;
  for (const ScoredView& view : members) {
    list.Append(view.member);
    list.Append(ScoreText(view.score).view());
  }
  return list.Take();
}

}  // namespace

void SortScored(std::span<ScoredView> members) {
  std::ranges::sort(members, [](const ScoredView& one, const ScoredView& other) {
    return one.score != other.score ? one.score < other.score : one.member < other.member;
  });
}

void AssignZset(KeyWriter& writer, std::span<ScoredView> members) {
  SortScored(members);
  size_t longest = 0;
  size_t bytes = 0;
  for (const ScoredView& view : members) {
    longest = std::max(longest, view.member.size());
    bytes += view.member.size();
  }
  if (FitsListpack(writer.keyspace().limits(), bytes, members.size(), longest)) {
    return AssignStored(writer, Type::kZset, Encoding::kListpack, AsListpack(members));
  }
  ZsetValue* const zset = ZsetValue::Make();
  const auto append = [zset](const ScoredView& view) { AppendTo(*zset, view.member, view.score); };
  ForEachText(members, append, &ScoredView::member);
  writer.MakePointer(Type::kZset, Encoding::kSkiplist, zset);
}

}  // namespace ebb
