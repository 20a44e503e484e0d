// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/zset.h"

#include <algorithm>
#include <cstdio>
#include <unordered_set>

#include "storage/digest.h"
#include "storage/memory/allocator.h"
#include "storage/prefetch.h"
#include "storage/random.h"
#include "storage/types/dict_defrag.h"
#include "storage/types/dict_fetch.h"
#include "storage/types/sampling.h"

namespace ebb {
namespace {

bool IsTree(const Entry& entry) {
  return entry.encoding() == Encoding::kSkiplist;
}

// The pair at `at` of a listpack.
ZsetItem ItemAt(const Listpack& list, size_t at) {
  return {list.Get(at), ReadScore(list.Get(list.Next(at)))};
}

}  // namespace

bool LexBound::AllowsAsMin(std::string_view member) const {
  if (kind == Kind::kLowest || kind == Kind::kHighest) return kind == Kind::kLowest;
  return kind == Kind::kOpen ? member > text : member >= text;
}

bool LexBound::AllowsAsMax(std::string_view member) const {
  if (kind == Kind::kLowest || kind == Kind::kHighest) return kind == Kind::kHighest;
  return kind == Kind::kOpen ? member < text : member <= text;
}

size_t ZsetSize(const Entry& entry) {
  return IsTree(entry) ? TreeOf(entry).order.size() : Listpack(StoredBytes(entry)).Count() / 2;
}

std::optional<double> FindScore(const Entry& entry, std::string_view member,
                                const KnownHash& known) {
  if (IsTree(entry)) {
    const auto slot = TreeOf(entry).Find(member, known.Of(member));
    if (!slot) return std::nullopt;
    return slot.element()->score();
  }
  const Listpack list(StoredBytes(entry));
  const size_t at = list.Find(ListpackNeedle(member), list.Begin(), 2);
  if (at == list.End()) return std::nullopt;
  return ReadScore(list.Get(list.Next(at)));
}

std::optional<size_t> FindRank(const Entry& entry, std::string_view member,
                               const KnownHash& known) {
  if (IsTree(entry)) {
    const auto score = FindScore(entry, member, known);
    if (!score) return std::nullopt;
    return TreeOf(entry).order.RankOf(*score, member);
  }
  const Listpack list(StoredBytes(entry));
  const size_t at = list.Find(ListpackNeedle(member), list.Begin(), 2);
  if (at == list.End()) return std::nullopt;
  return list.CountBefore(at) / 2;
}

// ------------------------------------------------------------------------------------------ ranges

namespace {

bool BeforeMin(const ScoreRange& range, double score) {
  return range.min_open ? score <= range.min : score < range.min;
}

bool UpToMax(const ScoreRange& range, double score) {
  return range.max_open ? score < range.max : score <= range.max;
}

RankRange Between(size_t first, size_t end) {
  return end > first ? RankRange{first, end - first} : RankRange{};
}

std::string_view TextAt(const Listpack& list, size_t at, ZsetText::Digits& digits) {
  return list.Get(at).View(digits);
}

size_t SeekRank(const Listpack& list, size_t rank) {
  return list.Seek(static_cast<int64_t>(2 * rank));
}

// The first members of a listpack that are in the range, one after the other.
RankRange FirstInRange(const Listpack& list, const LexRange& range) {
  ZsetText::Digits digits;
  size_t at = list.Begin();
  size_t first = 0;
  while (at < list.End() && !range.min.AllowsAsMin(TextAt(list, at, digits))) {
    at = list.Skip(at, 2);
    ++first;
  }
  size_t end = first;
  while (at < list.End() && range.max.AllowsAsMax(TextAt(list, at, digits))) {
    at = list.Skip(at, 2);
    ++end;
  }
  return Between(first, end);
}

// The same from the last one on.
RankRange LastInRange(const Entry& entry, const LexRange& range) {
  ZsetText::Digits digits;
  size_t end = ZsetSize(entry);
  ZsetWalk walk(entry, end - 1, ZsetEnd::kMin);
  for (; walk.More() && !range.max.AllowsAsMax(walk.Get().member.View(digits)); walk.Step()) --end;
  size_t first = end;
  for (; walk.More() && range.min.AllowsAsMin(walk.Get().member.View(digits)); walk.Step()) --first;
  return Between(first, end);
}

}  // namespace

RankRange RanksOf(const Entry& entry, const ScoreRange& range) {
  if (IsTree(entry)) {
    const ScoreTree& order = TreeOf(entry).order;
    const size_t first = order.CountBefore(
        [&](double score, const ScoredMember&) { return BeforeMin(range, score); });
    const size_t end =
        order.CountBefore([&](double score, const ScoredMember&) { return UpToMax(range, score); });
    return Between(first, end);
  }
  size_t first = 0;
  size_t end = 0;
  for (ZsetWalk walk(entry, 0, ZsetEnd::kMax); walk.More(); walk.Step()) {
    const double score = walk.Get().score;
    if (!UpToMax(range, score)) break;
    first += BeforeMin(range, score) ? 1 : 0;
    ++end;
  }
  return Between(first, end);
}

RankRange RanksOf(const Entry& entry, const LexRange& range, ZsetEnd from) {
  if (IsTree(entry)) {
    const ScoreTree& order = TreeOf(entry).order;
    const size_t first = order.CountBefore(
        [&](double, const ScoredMember& member) { return !range.min.AllowsAsMin(member.view()); });
    const size_t end = order.CountBefore(
        [&](double, const ScoredMember& member) { return range.max.AllowsAsMax(member.view()); });
    return Between(first, end);
  }
  const Listpack list(StoredBytes(entry));
  ZsetText::Digits digits;
  const size_t last = SeekRank(list, list.Count() / 2 - 1);
  if (!range.min.AllowsAsMin(TextAt(list, last, digits)) ||
      !range.max.AllowsAsMax(TextAt(list, list.Begin(), digits))) {
    return {};
  }
  return from == ZsetEnd::kMin ? FirstInRange(list, range) : LastInRange(entry, range);
}

// -------------------------------------------------------------------------------------------- walk

ZsetWalk::ZsetWalk(const Entry& entry, size_t rank, ZsetEnd towards)
    : up_(towards == ZsetEnd::kMax), rank_(rank), list_({}) {
  if (IsTree(entry)) {
    tree_ = &TreeOf(entry).order;
    Seek();
  } else {
    list_ = Listpack(StoredBytes(entry));
    at_ = SeekRank(list_, rank);
    if (!up_ && More()) SeekBack();
  }
}

// Notes where the pair of rank_, and those before it that will come next, begin.
void ZsetWalk::SeekBack() {
  const size_t last = rank_;
  noted_rank_ = last - std::min(last, noted_.size() - 1);
  at_ = SeekRank(list_, noted_rank_);
  for (size_t rank = noted_rank_; rank < last; ++rank) {
    noted_[rank - noted_rank_] = at_;
    at_ = list_.Skip(at_, 2);
  }
  noted_[last - noted_rank_] = at_;
}

void ZsetWalk::Seek() {
  run_ = {};
  at_ = 0;
  if (rank_ >= tree_->size()) return;
  const ScoreTree::Run run = tree_->RunAt(rank_);
  run_ = run.items;
  at_ = run.at;
  for (size_t i = 0; i <= kAhead; ++i) Fetch(i);
}

ZsetItem ZsetWalk::GetPacked() const {
  return ItemAt(list_, at_);
}

void ZsetWalk::StepPacked() {
  if (up_) {
    at_ = list_.Skip(at_, 2);
  } else {
    StepBack();
  }
}

void ZsetWalk::StepBack() {
  if (rank_ == 0) {
    at_ = list_.End();
  } else if (--rank_ < noted_rank_) {
    SeekBack();
  } else {
    at_ = noted_[rank_ - noted_rank_];
  }
}

// ------------------------------------------------------------------------------------------ random

namespace {

std::vector<ZsetItem> AllScored(const Entry& entry) {
  std::vector<ZsetItem> all;
  all.reserve(ZsetSize(entry));
  ForEachScored(entry, [&](const ZsetItem& item) { all.push_back(item); });
  return all;
}

}  // namespace

std::vector<ZsetItem> DrawScored(const Entry& entry, size_t count) {
  std::vector<ZsetItem> drawn;
  drawn.reserve(count);
  const size_t size = ZsetSize(entry);
  if (IsTree(entry)) {
    const ScoreTree& order = TreeOf(entry).order;
    while (drawn.size() < count) drawn.push_back(ItemOf(*order.At(ThreadRandom().Below(size))));
    return drawn;
  }
  const std::vector<ZsetItem> all = AllScored(entry);
  while (drawn.size() < count) drawn.push_back(all[ThreadRandom().Below(size)]);
  return drawn;
}

std::vector<ZsetItem> SampleScored(const Entry& entry, size_t count) {
  const size_t size = ZsetSize(entry);
  std::vector<ZsetItem> sample;
  // Where many of all are wanted, most draws would be repetitions.
  if (!IsTree(entry) || count > size / 3) {
    sample = AllScored(entry);
    TakeRandom(&sample, count);
    return sample;
  }
  std::unordered_set<size_t> drawn;
  while (sample.size() < count) {
    const size_t rank = ThreadRandom().Below(size);
    if (drawn.insert(rank).second) sample.push_back(ItemOf(*TreeOf(entry).order.At(rank)));
  }
  return sample;
}

// ------------------------------------------------------------------------------------- TypeOps

namespace {

std::string_view EncodingName(const Entry& entry) {
  return IsTree(entry) ? "skiplist" : "listpack";
}

Garbage::Slice FreeSlice(Value* value, Encoding encoding) {
  if (encoding != Encoding::kSkiplist) return FreeStored(value);
  return static_cast<ZsetValue*>(value)->FreeSlice();
}

void Free(Value* value, Encoding encoding) {
  if (encoding == Encoding::kSkiplist && !GiveBack(value)) return;
  while (FreeSlice(value, encoding).more) {
  }
}

}  // namespace

size_t ZsetValue::Memory(size_t samples) const {
  const size_t renewed =
      renewal == nullptr ? 0 : memory::GoodSize(sizeof(Renewal)) + renewal->members.memory();
  return memory::GoodSize(sizeof(ZsetValue)) + members.memory() + renewed + member_bytes +
         cut_off() * sizeof(ScoredMember*) +
         (samples == 0 ? order.CountMemory() : order.GuessMemory(samples));
}

namespace {

size_t FreeEffort(const Entry& entry) {
  if (!IsTree(entry)) return StoredMemory(entry) / kEffortBytes;
  const ZsetValue& zset = TreeOf(entry);
  return zset.order.size() + zset.cut_off() + zset.member_bytes / kEffortBytes;
}

size_t MemoryUsage(const Entry& entry, size_t samples) {
  return IsTree(entry) ? TreeOf(entry).Memory(samples) : StoredMemory(entry);
}

Value* Copy(const Entry& entry) {
  if (!IsTree(entry)) return CopyStored(entry);
  ZsetValue* const copy = ZsetValue::Make();
  ForEachScored(entry, [copy](const ZsetItem& item) {
    ScoredMember* const member = copy->NewMember(item.score, item.member.text());
    copy->members.Insert(member, HashBytes(member->view()));
    copy->order.InsertAt(copy->order.size(), member);
  });
  return copy;
}

Value* Defrag(const Entry& entry, memory::BlockMover& mover) {
  if (!IsTree(entry)) return DefragStored(entry, mover);
  void* const moved = mover.MoveIfAdvised(entry.value(), sizeof(ZsetValue));
  return moved == nullptr ? entry.value() : static_cast<ZsetValue*>(moved);
}

// Moves the members of a leaf; the dict follows, the leaf's own pointers are changed.
void MoveMembers(ZsetValue& zset, std::span<ScoredMember*> members, memory::BlockMover& mover) {
  constexpr size_t kMost = score_tree_internal::kLeafMax;
  ForEachAdvised<kMost>(members, mover, [&](ScoredMember*& member) {
    auto slot = zset.members.FindElement(member, HashBytes(member->view()));
    member = static_cast<ScoredMember*>(mover.Move(member, member->block_size()));
    slot.Replace(member);
  });
}

// The cursor is one of the dict's own blocks; then, with this bit, a rank of the tree.
constexpr uint64_t kInTree = uint64_t{1} << 63;

uint64_t DefragElements(const Entry& entry, uint64_t cursor, memory::BlockMover& mover,
                        DefragScope scope) {
  if (!IsTree(entry)) return 0;
  ZsetValue& zset = TreeOf(entry);
  // Most of it is about to go, and the rest is in two dicts.
  if (zset.renewal != nullptr) return 0;
  if ((cursor & kInTree) == 0) {
    const uint64_t next = zset.members.DefragTable(
        cursor, [&mover](void* block, size_t size) { return mover.MoveTableBlock(block, size); });
    return next != 0 ? next : kInTree;
  }
  const size_t next =
      zset.order.DefragStep(cursor & ~kInTree, mover, [&](std::span<ScoredMember*> members) {
        if (scope == DefragScope::kAll) MoveMembers(zset, members, mover);
      });
  return next != 0 ? next | kInTree : 0;
}

void DigestZset(const Entry& entry, Digest& digest) {
  ForEachScored(entry, [&digest](const ZsetItem& item) {
    ZsetText::Digits digits;
    char score[32];
    const int size = std::snprintf(score, sizeof score, "%.17g", item.score);
    Digest one;
    one.Mix(item.member.View(digits));
    one.Mix({score, static_cast<size_t>(size)});
    digest.Xor(one);
  });
}

void FetchElement(const Entry& entry, uint64_t hash, FetchStage stage) {
  FetchFromDict(TreeOf(entry).members, hash, stage);
}

bool TableStats(const Entry& entry, DictStats* stats) {
  if (!IsTree(entry)) return false;
  *stats = TreeOf(entry).members.Stats();
  return true;
}

}  // namespace

constexpr TypeOps kZsetOps = Complete({.name = "zset",
                                       .encoding_name = EncodingName,
                                       .free = Free,
                                       .free_slice = FreeSlice,
                                       .free_effort = FreeEffort,
                                       .memory_usage = MemoryUsage,
                                       .copy = Copy,
                                       .defrag = Defrag,
                                       .defrag_elements = DefragElements,
                                       .digest = DigestZset,
                                       .finds_by_hash = IsTree,
                                       .fetch_element = FetchElement,
                                       .table_stats = TableStats});

}  // namespace ebb
