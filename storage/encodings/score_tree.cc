// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/score_tree.h"

#include <cassert>
#include <cstring>

#include "storage/memory/allocator.h"
#include "storage/prefetch.h"

namespace ebb {

using score_tree_internal::Inner;
using score_tree_internal::kFanout;
using score_tree_internal::kLeafMax;
using score_tree_internal::Leaf;
using score_tree_internal::Node;

namespace {

// Neighbours that together have no more are joined.
constexpr uint32_t kJoinLeaves = 48;
constexpr uint32_t kJoinInners = 23;

// A leaf with more room than this gives some back.
constexpr uint32_t kMaxRoom = 16;

size_t LeafBytes(size_t capacity) {
  return sizeof(Leaf) + capacity * sizeof(ScoredMember*);
}

// A leaf with room for `size` elements and what else its block holds.
Leaf* MakeLeaf(uint32_t size) {
  const size_t bytes = memory::GoodSize(LeafBytes(size));
  auto* const leaf = static_cast<Leaf*>(memory::Allocate(bytes));
  leaf->size = 0;
  leaf->capacity = static_cast<uint32_t>((bytes - sizeof(Leaf)) / sizeof(ScoredMember*));
  return leaf;
}

void FreeNode(Node* node, size_t level) {
  memory::Free(node, level == 0 ? LeafBytes(node->capacity) : sizeof(Inner));
}

Inner* MakeInner() {
  auto* const inner = static_cast<Inner*>(memory::Allocate(sizeof(Inner)));
  inner->size = 0;
  inner->capacity = kFanout;
  return inner;
}

void Append(Leaf* leaf, ScoredMember* const* items, uint32_t count) {
  if (count != 0) std::memcpy(leaf->items() + leaf->size, items, count * sizeof *items);
  leaf->size += count;
}

// Puts the leaf's elements into a block that fits `size` of them.
void Refit(Node** node, uint32_t size) {
  Leaf* const old = static_cast<Leaf*>(*node);
  Leaf* const fresh = MakeLeaf(size);
  Append(fresh, old->items(), old->size);
  FreeNode(old, 0);
  *node = fresh;
}

// ------------------------------------------------------------------- the entries of an inner node

template <typename T>
void Shift(T* row, uint32_t to, uint32_t from, uint32_t count) {
  std::memmove(row + to, row + from, count * sizeof(T));
}

// Moves the entries from `from` on to `to`.
void ShiftEntries(Inner* inner, uint32_t to, uint32_t from) {
  const uint32_t count = inner->size - from;
  Shift(inner->scores, to, from, count);
  Shift(inner->firsts, to, from, count);
  Shift(inner->children, to, from, count);
  Shift(inner->counts, to, from, count);
}

// Appends entries of another node.
void AppendEntries(Inner* to, const Inner& from, uint32_t first, uint32_t count) {
  std::copy_n(from.scores + first, count, to->scores + to->size);
  std::copy_n(from.firsts + first, count, to->firsts + to->size);
  std::copy_n(from.children + first, count, to->children + to->size);
  std::copy_n(from.counts + first, count, to->counts + to->size);
  to->size += count;
}

void EraseEntry(Inner* inner, uint32_t index) {
  ShiftEntries(inner, index, index + 1);
  --inner->size;
}

// Copies what the entry says of its child's first element.
void NoteFirst(Inner* inner, uint32_t index, size_t child_level) {
  const Node* const child = inner->children[index];
  if (child_level == 0) {
    const ScoredMember* const first = static_cast<const Leaf*>(child)->items()[0];
    inner->scores[index] = first->score();
    inner->firsts[index] = first;
  } else {
    inner->scores[index] = static_cast<const Inner*>(child)->scores[0];
    inner->firsts[index] = static_cast<const Inner*>(child)->firsts[0];
  }
}

uint64_t CountBelow(const Node& node, size_t level) {
  if (level == 0) return node.size;
  const auto& inner = static_cast<const Inner&>(node);
  uint64_t count = 0;
  for (uint32_t i = 0; i < inner.size; ++i) count += inner.counts[i];
  return count;
}

bool IsFull(const Node& node, size_t level) {
  return node.size == (level == 0 ? kLeafMax : kFanout);
}

// Divides a full node: what is in it beyond the first `left` becomes the new one that is answered.
Node* Divide(Node** node, size_t level, uint32_t left) {
  const uint32_t right = (*node)->size - left;
  if (level == 0) {
    Leaf* const fresh = MakeLeaf(right);
    Append(fresh, static_cast<Leaf*>(*node)->items() + left, right);
    (*node)->size = left;
    Refit(node, left);
    return fresh;
  }
  Inner* const fresh = MakeInner();
  AppendEntries(fresh, *static_cast<Inner*>(*node), left, right);
  (*node)->size = left;
  return fresh;
}

// Divides the full child at `index` of `inner`, which has room for one more; `at` is where in the
// child an element is to come. What comes at an end will be followed by more there, as often as
// not: then the other side stays nearly full.
void SplitChild(Inner* inner, uint32_t index, size_t child_level, uint64_t at) {
  const uint32_t size = inner->children[index]->size;
  const uint32_t left = at == inner->counts[index] ? size - size / 8
                        : at == 0                  ? size / 8
                                                   : size / 2;
  Node* const fresh = Divide(&inner->children[index], child_level, left);
  ShiftEntries(inner, index + 1, index);
  ++inner->size;
  inner->children[index + 1] = fresh;
  inner->counts[index + 1] = CountBelow(*fresh, child_level);
  inner->counts[index] -= inner->counts[index + 1];
  NoteFirst(inner, index + 1, child_level);
}

// Joins the children at `index` and behind it where both are small.
void JoinIfSmall(Inner* inner, uint32_t index, size_t child_level) {
  if (index + 1 >= inner->size) return;
  Node* const left = inner->children[index];
  Node* const right = inner->children[index + 1];
  const uint32_t together = left->size + right->size;
  if (together > (child_level == 0 ? kJoinLeaves : kJoinInners)) return;
  if (child_level == 0) {
    if (left->capacity < together) Refit(&inner->children[index], together);
    Append(static_cast<Leaf*>(inner->children[index]), static_cast<Leaf*>(right)->items(),
           right->size);
  } else {
    AppendEntries(static_cast<Inner*>(left), *static_cast<Inner*>(right), 0, right->size);
  }
  inner->counts[index] += inner->counts[index + 1];
  FreeNode(right, child_level);
  EraseEntry(inner, index + 1);
}

// Frees the nodes above a single element, which is answered.
ScoredMember* FreePath(Node* node, size_t level) {
  for (; level > 0; --level) {
    Node* const child = static_cast<Inner*>(node)->children[0];
    FreeNode(node, level);
    node = child;
  }
  ScoredMember* const last = static_cast<Leaf*>(node)->items()[0];
  FreeNode(node, 0);
  return last;
}

// Joins the child at `index` with its neighbours where all are small.
void Mend(Inner* inner, uint32_t index, size_t child_level) {
  const uint32_t most = child_level == 0 ? kJoinLeaves : kJoinInners;
  // The neighbours need not be looked at, which are seldom in the cache.
  if (inner->children[index]->size > most / 2) return;
  JoinIfSmall(inner, index, child_level);
  if (index > 0) JoinIfSmall(inner, index - 1, child_level);
}

}  // namespace

// --------------------------------------------------------------------------------------- searching

uint32_t ScoreTree::ChildAt(const Inner& inner, uint64_t* rank) {
  uint32_t index = 0;
  for (; *rank >= inner.counts[index]; ++index) *rank -= inner.counts[index];
  return index;
}

const Leaf& ScoreTree::LeafAt(uint64_t* rank) const {
  const Node* node = root_;
  for (size_t level = height_; level > 0; --level) {
    node = AsInner(*node).children[ChildAt(AsInner(*node), rank)];
  }
  return AsLeaf(*node);
}

ScoreTree::Run ScoreTree::RunAt(size_t rank) const {
  uint64_t at = rank;
  const Leaf& leaf = LeafAt(&at);
  return {{leaf.items(), leaf.size}, at};
}

ScoredMember* ScoreTree::At(size_t rank) const {
  const Run run = RunAt(rank);
  return run.items[run.at];
}

// ---------------------------------------------------------------------------------------- changing

void ScoreTree::InsertAt(size_t rank, ScoredMember* member) {
  if (root_ == nullptr) root_ = MakeLeaf(1);
  if (IsFull(*root_, height_)) {
    Inner* const above = MakeInner();
    above->size = 1;
    above->children[0] = root_;
    above->counts[0] = size_;
    NoteFirst(above, 0, height_);
    root_ = above;
    ++height_;
  }
  ++size_;
  uint64_t at = rank;
  Node** node = &root_;
  for (size_t level = height_; level > 0; --level) {
    Inner* const inner = AsInner(*node);
    // Between two children it comes to the end of the first.
    uint32_t index = 0;
    for (; at > inner->counts[index]; ++index) at -= inner->counts[index];
    if (IsFull(*inner->children[index], level - 1)) {
      SplitChild(inner, index, level - 1, at);
      if (at > inner->counts[index]) at -= inner->counts[index++];
    }
    ++inner->counts[index];
    if (rank == 0) {
      inner->scores[0] = member->score();
      inner->firsts[0] = member;
    }
    node = &inner->children[index];
  }
  if ((*node)->size == (*node)->capacity) Refit(node, (*node)->size + 1);
  Leaf* const leaf = AsLeaf(*node);
  Shift(leaf->items(), static_cast<uint32_t>(at) + 1, static_cast<uint32_t>(at),
        leaf->size - static_cast<uint32_t>(at));
  leaf->items()[at] = member;
  ++leaf->size;
}

void ScoreTree::EraseIn(Node** node, size_t level, uint64_t rank, ScoredMember** erased) {
  if (level == 0) {
    Leaf* const leaf = AsLeaf(*node);
    const auto at = static_cast<uint32_t>(rank);
    *erased = leaf->items()[at];
    --leaf->size;
    Shift(leaf->items(), at, at + 1, leaf->size - at);
    if (leaf->size + kMaxRoom < leaf->capacity) Refit(node, leaf->size + kMaxRoom / 4);
    return;
  }
  Inner* const inner = AsInner(*node);
  const uint32_t index = ChildAt(*inner, &rank);
  if (--inner->counts[index] == 0) {
    // Nothing but this one element is below: the nodes down to its leaf go with it.
    *erased = FreePath(inner->children[index], level - 1);
    return EraseEntry(inner, index);
  }
  EraseIn(&inner->children[index], level - 1, rank, erased);
  if (rank == 0) NoteFirst(inner, index, level - 1);
  Mend(inner, index, level - 1);
}

// Takes inner nodes with a single child from the top, and an empty leaf.
void ScoreTree::Lower() {
  while (height_ > 0 && root_->size == 1) {
    Node* const child = AsInner(root_)->children[0];
    FreeNode(root_, height_--);
    root_ = child;
  }
  if (size_ != 0) return;
  FreeNode(root_, height_);
  root_ = nullptr;
  height_ = 0;
}

ScoredMember* ScoreTree::EraseAt(size_t rank) {
  assert(rank < size_);
  ScoredMember* erased = nullptr;
  EraseIn(&root_, height_, rank, &erased);
  --size_;
  Lower();
  return erased;
}

void ScoreTree::CutIn(Node** node, size_t level, uint64_t first, uint64_t count,
                      ScoreForest* dead) {
  if (level == 0) {
    Leaf* const leaf = AsLeaf(*node);
    const auto from = static_cast<uint32_t>(first);
    const auto part = static_cast<uint32_t>(count);
    Leaf* const cut = MakeLeaf(part);
    Append(cut, leaf->items() + from, part);
    dead->Add(cut, 0, part);
    leaf->size -= part;
    Shift(leaf->items(), from, from + part, leaf->size - from);
    return Refit(node, leaf->size);
  }
  Inner* const inner = AsInner(*node);
  uint32_t index = ChildAt(*inner, &first);
  const uint32_t after_gap = first > 0 ? index + 1 : index;  // the child behind it
  while (count > 0) {
    const uint64_t part = std::min(count, inner->counts[index] - first);
    if (part == inner->counts[index]) {
      dead->Add(inner->children[index], level - 1, part);
      EraseEntry(inner, index);
    } else {
      inner->counts[index] -= part;
      CutIn(&inner->children[index], level - 1, first, part, dead);
      NoteFirst(inner, index, level - 1);
      ++index;
    }
    first = 0;
    count -= part;
  }
  // What is left at both ends of the gap, of which either may be small where the other is not.
  if (after_gap < inner->size) Mend(inner, after_gap, level - 1);
  if (after_gap > 0) Mend(inner, after_gap - 1, level - 1);
}

void ScoreTree::Cut(size_t first, size_t count, ScoreForest* dead) {
  if (count == size_) return Release(dead);
  CutIn(&root_, height_, first, count, dead);
  size_ -= count;
  Lower();
}

void ScoreTree::Release(ScoreForest* dead) {
  if (root_ != nullptr) dead->Add(root_, height_, size_);
  root_ = nullptr;
  height_ = size_ = 0;
}

namespace {

// Frees the last leaf below `node`, and each node that has no child then. Answers whether `node` is
// one of them. All that it needs to know is in the nodes that are left.
bool FreeLastLeaf(Node* node, size_t level, ScoreForest::Freed* freed) {
  if (level > 0) {
    auto* const inner = static_cast<Inner*>(node);
    if (!FreeLastLeaf(inner->children[inner->size - 1], level - 1, freed)) return false;
    if (--inner->size > 0) return false;
  } else {
    auto* const leaf = static_cast<Leaf*>(node);
    for (uint32_t i = 0; i < leaf->size; ++i) Prefetch(leaf->items()[i]);
    for (uint32_t i = 0; i < leaf->size; ++i) {
      freed->bytes += memory::GoodSize(leaf->items()[i]->block_size());
      ScoredMember::Free(leaf->items()[i]);
    }
    freed->elements += leaf->size;
  }
  FreeNode(node, level);
  return true;
}

}  // namespace

bool ScoreTree::FreeStep(ScoreForest::Freed* freed) {
  if (root_ == nullptr) return false;
  if (FreeLastLeaf(root_, height_, freed)) root_ = nullptr;
  return root_ != nullptr;
}

void ScoreForest::Take(ScoreForest* other) {
  if (other->empty()) return;
  parts_.Insert(parts_.size(), other->parts_.begin(), other->parts_.size());
  other->parts_.Free();
  size_ += std::exchange(other->size_, 0);
}

std::span<ScoredMember* const> ScoreForest::NextLeaf() const {
  if (parts_.empty()) return {};
  const Node* node = parts_.back().node;
  for (size_t level = parts_.back().level; level > 0; --level) {
    const auto* const inner = static_cast<const Inner*>(node);
    node = inner->children[inner->size - 1];
  }
  const auto* const leaf = static_cast<const Leaf*>(node);
  return {leaf->items(), leaf->size};
}

bool ScoreForest::FreeStep(Freed* freed) {
  if (parts_.empty()) return false;
  const size_t before = freed->elements;
  if (FreeLastLeaf(parts_.back().node, parts_.back().level, freed)) parts_.DropBack();
  size_ -= freed->elements - before;
  return !parts_.empty();
}

// ------------------------------------------------------------------------------------------ memory

size_t ScoreTree::CountMemoryIn(const Node& node, size_t level) {
  if (level == 0) return memory::GoodSize(LeafBytes(node.capacity));
  const Inner& inner = AsInner(node);
  size_t bytes = memory::GoodSize(sizeof(Inner));
  for (uint32_t i = 0; i < inner.size; ++i) bytes += CountMemoryIn(*inner.children[i], level - 1);
  return bytes;
}

size_t ScoreTree::CountMemory() const {
  return root_ == nullptr ? 0 : CountMemoryIn(*root_, height_);
}

// By the bytes of all these leaves and the elements of all: one that is nearly empty, as cuts leave
// some, says little about the others.
size_t ScoreTree::GuessMemory(size_t looks) const {
  if (size_ / kLeafMax <= looks) return CountMemory();
  // Inner nodes are three quarters full.
  const size_t above = memory::GoodSize(sizeof(Inner)) / (kFanout * 3 / 4);
  const size_t distance = size_ / looks;
  size_t bytes = 0;
  size_t elements = 0;
  for (size_t look = 0; look < looks; ++look) {
    uint64_t rank = look * distance + distance / 2;
    const Leaf& leaf = LeafAt(&rank);
    bytes += memory::GoodSize(LeafBytes(leaf.capacity)) + above;
    elements += leaf.size;
  }
  return static_cast<size_t>(static_cast<double>(bytes) / static_cast<double>(elements) *
                             static_cast<double>(size_));
}

size_t ScoreTree::DefragIn(Node** node, size_t level, uint64_t rank, memory::BlockMover& mover,
                           const MoveItems& move_items, bool* first) {
  size_t left = 0;  // elements from `rank` to the leaf's end
  if (level == 0) {
    *first = true;
    left = (*node)->size - rank;
    move_items({AsLeaf(*node)->items(), (*node)->size});
  } else {
    Inner* const inner = AsInner(*node);
    const uint32_t index = ChildAt(*inner, &rank);
    left = DefragIn(&inner->children[index], level - 1, rank, mover, move_items, first);
    NoteFirst(inner, index, level - 1);
    *first = *first && index == 0;
  }
  if (!*first) return left;
  void* const moved =
      mover.MoveIfAdvised(*node, level == 0 ? LeafBytes((*node)->capacity) : sizeof(Inner));
  if (moved != nullptr) *node = static_cast<Node*>(moved);
  return left;
}

size_t ScoreTree::DefragStep(size_t rank, memory::BlockMover& mover, const MoveItems& move_items) {
  if (rank >= size_) return 0;
  bool first = false;
  const size_t next = rank + DefragIn(&root_, height_, rank, mover, move_items, &first);
  return next < size_ ? next : 0;
}

// ------------------------------------------------------------------------------------------- tests

bool ScoreTree::IsSoundIn(const Node& node, size_t level, bool root) {
  if (node.size == 0 || node.size > node.capacity) return false;
  if (level == 0) return node.size <= kLeafMax;
  const Inner& inner = AsInner(node);
  if (root && inner.size < 2) return false;
  for (uint32_t i = 0; i < inner.size; ++i) {
    if (!IsSoundIn(*inner.children[i], level - 1, false)) return false;
    if (inner.counts[i] != CountBelow(*inner.children[i], level - 1)) return false;
    Inner noted = inner;
    NoteFirst(&noted, i, level - 1);
    if (noted.firsts[i] != inner.firsts[i] || noted.scores[i] != inner.scores[i]) return false;
  }
  return true;
}

bool ScoreTree::IsSound() const {
  if (root_ == nullptr) return size_ == 0 && height_ == 0;
  if (!IsSoundIn(*root_, height_, true) || size_ != CountBelow(*root_, height_)) return false;
  for (size_t rank = 1; rank < size_; ++rank) {
    const ScoredMember& before = *At(rank - 1);
    const ScoredMember& after = *At(rank);
    if (before.score() > after.score()) return false;
    if (before.score() == after.score() && before.view() >= after.view()) return false;
  }
  return true;
}

}  // namespace ebb
