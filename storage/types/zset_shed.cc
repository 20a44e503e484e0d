// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "storage/dispose.h"
#include "storage/memory/allocator.h"
#include "storage/prefetch.h"
#include "storage/types/zset.h"

// A skiplist's value as it makes, changes and frees itself: above all, how it lets go of what was
// cut off.
namespace ebb {
namespace {

constexpr size_t kLeafMax = score_tree_internal::kLeafMax;

Garbage::Slice FreeSome(void* zset, uint32_t) {
  return static_cast<ZsetValue*>(zset)->FreeSlice();
}

size_t BytesOf(const ScoredMember& member) {
  return memory::GoodSize(member.block_size());
}

void FreeRenewal(ZsetValue::Renewal* renewal) {
  renewal->~Renewal();
  memory::Free(renewal, sizeof(ZsetValue::Renewal));
}

}  // namespace

ZsetValue* ZsetValue::Make() {
  return new (memory::Allocate(sizeof(ZsetValue))) ZsetValue;
}

ScoredMember* ZsetValue::NewMember(double score, std::string_view bytes) {
  ScoredMember* const member = ScoredMember::Make(score, bytes);
  member_bytes += BytesOf(*member);
  return member;
}

ScoredMember* ZsetValue::Replace(Members::Slot slot, ScoredMember* fresh) {
  ScoredMember* const old = slot.element();
  member_bytes -= BytesOf(*old);
  slot.Replace(fresh);
  return old;
}

ZsetValue::Members::Slot ZsetValue::Find(std::string_view member, uint64_t hash) const {
  const auto slot = members.Find(member, hash);
  return slot && !IsCut(*slot.element()) ? slot : Members::Slot();
}

bool ZsetValue::HasInOrder(const ScoredMember& member) const {
  const size_t rank = order.RankOf(member.score(), member.view());
  return rank < order.size() && order.At(rank) == &member;
}

// ---------------------------------------------------------------------------------------- changing

void ZsetValue::AddToOrder(ScoredMember* member) {
  order.InsertAt(order.RankOf(member->score(), member->view()), member);
  if (renewal != nullptr) renewal->Enter(member, HashBytes(member->view()));
}

ScoredMember* ZsetValue::TakeFromOrder(size_t rank) {
  if (renewal != nullptr) renewal->Left(rank, 1);
  return order.EraseAt(rank);
}

ScoredMember* ZsetValue::Forget(Members::Slot slot) {
  ScoredMember* const member = members.Erase(slot);
  member_bytes -= BytesOf(*member);
  if (renewal != nullptr) {
    const auto entered = renewal->members.Find(member->view(), HashBytes(member->view()));
    if (entered) {
      renewal->members.Erase(entered);
      renewal->bytes -= BytesOf(*member);
    }
  }
  return member;
}

void ZsetValue::Cut(size_t first_rank, size_t count) {
  if (renewal != nullptr) {
    renewal->Left(first_rank, count);
    return order.Cut(first_rank, count, &renewal->late);
  }
  order.Cut(first_rank, count, &cut);
  RenewIfItPays();
}

// ----------------------------------------------------------------------------------------- renewal

void ZsetValue::Renewal::Left(size_t first_rank, size_t count) {
  if (first_rank < entered) entered -= std::min(count, entered - first_rank);
}

void ZsetValue::Renewal::Enter(ScoredMember* member, uint64_t hash) {
  const auto found = members.FindOrInsert(member->view(), hash, [member] { return member; });
  // What has the place is the member itself, or has left the set: it was cut off, or is given up
  // for this one.
  auto slot = found.slot;
  if (found.inserted) {
    bytes += BytesOf(*member);
  } else if (slot.element() != member) {
    bytes += BytesOf(*member) - BytesOf(*slot.element());
    slot.Replace(member);
  }
}

void ZsetValue::RenewIfItPays() {
  if (cut.size() > order.size()) renewal = new (memory::Allocate(sizeof(Renewal))) Renewal;
}

void ZsetValue::EnterLeaf() {
  const ScoreTree::Run run = order.RunAt(renewal->entered);
  const auto items = run.items.subspan(run.at);
  std::array<uint64_t, kLeafMax> hashes;
  for (size_t i = 0; i < items.size(); ++i) {
    hashes[i] = HashBytes(items[i]->view());
    renewal->members.PrefetchBucket(hashes[i]);
  }
  for (size_t i = 0; i < items.size(); ++i) renewal->Enter(items[i], hashes[i]);
  renewal->entered += items.size();
  if (renewal->entered == order.size()) return;
  for (const ScoredMember* const next : order.RunAt(renewal->entered).items) Prefetch(next);
}

void ZsetValue::EndRenewal(Disposer& disposer) {
  ZsetValue* const rest = Make();
  rest->member_bytes = member_bytes - std::min(member_bytes, renewal->bytes);
  member_bytes = renewal->bytes;
  rest->members.Swap(members);
  rest->cut.Take(&cut);
  members.Swap(renewal->members);
  cut.Take(&renewal->late);
  FreeRenewal(std::exchange(renewal, nullptr));
  Discard(rest, rest->Memory(), disposer);
  RenewIfItPays();
}

// ---------------------------------------------------------------------------------------- shedding

void ZsetValue::ForgetLeaf() {
  const std::span<ScoredMember* const> leaf = cut.NextLeaf();
  std::array<uint64_t, kLeafMax> hashes;
  for (size_t i = 0; i < leaf.size(); ++i) {
    hashes[i] = HashBytes(leaf[i]->view());
    members.PrefetchBucket(hashes[i]);
  }
  for (size_t i = 0; i < leaf.size(); ++i) {
    const auto slot = members.FindElement(leaf[i], hashes[i]);
    if (!slot) continue;  // One that was added anew has its place now.
    members.Erase(slot);
    member_bytes -= BytesOf(*leaf[i]);
  }
  ScoreForest::Freed freed;
  cut.FreeStep(&freed);
  for (const ScoredMember* const next : cut.NextLeaf()) Prefetch(next);
}

bool ZsetValue::Shed(Disposer& disposer) {
  if (renewal == nullptr) {
    ForgetLeaf();
  } else if (renewal->entered < order.size()) {
    EnterLeaf();
  } else {
    EndRenewal(disposer);
  }
  return !cut.empty();
}

// ------------------------------------------------------------------------------------------ ending

void ZsetValue::Discard(ZsetValue* zset, size_t bytes, Disposer& disposer) {
  const size_t parts = zset->order.size() + zset->cut_off() + bytes / kEffortBytes;
  if (parts <= Disposer::kInlineEffort || !disposer.lazy(DisposeCause::kUserDel)) {
    while (zset->FreeSlice().more) {
    }
    return;
  }
  disposer.DisposeLater(Garbage(zset, 0, FreeSome, 1, bytes, parts));
}

Garbage::Slice ZsetValue::FreeSlice() {
  ScoreForest::Freed freed;
  if (cut.FreeStep(&freed) || (renewal != nullptr && renewal->late.FreeStep(&freed)) ||
      order.FreeStep(&freed)) {
    return {.parts = freed.elements + freed.bytes / kEffortBytes, .more = true};
  }
  Garbage::Slice slice{.parts = freed.elements + freed.bytes / kEffortBytes};
  const auto forget = [](ScoredMember*) {};
  slice.more = members.TakeApartStep(forget) ||
               (renewal != nullptr && renewal->members.TakeApartStep(forget));
  if (slice.more) return slice;
  if (renewal != nullptr) FreeRenewal(renewal);
  this->~ZsetValue();
  memory::Free(this, sizeof(ZsetValue));
  return slice;
}

}  // namespace ebb
