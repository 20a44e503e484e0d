// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "storage/encodings/block_array.h"
#include "storage/encodings/scored_member.h"
#include "storage/memory/allocator.h"
#include "storage/prefetch.h"

namespace ebb {

namespace score_tree_internal {

struct Node {
  uint32_t size;      // elements of a leaf, children of an inner node
  uint32_t capacity;  // of a leaf; an inner node's is kFanout
};

// Pointers to elements, right behind this head.
struct Leaf : Node {
  ScoredMember** items() { return reinterpret_cast<ScoredMember**>(this + 1); }
  ScoredMember* const* items() const { return reinterpret_cast<ScoredMember* const*>(this + 1); }
};

constexpr uint32_t kLeafMax = 63;  // 512 bytes
constexpr uint32_t kFanout = 31;   // 1000 bytes, of a block of 1024

struct Inner : Node {
  double scores[kFanout];               // of the first element below each child
  const ScoredMember* firsts[kFanout];  // and that itself
  Node* children[kFanout];
  uint64_t counts[kFanout];  // elements below each
};

}  // namespace score_tree_internal

// Parts of trees that are to be freed, with their elements or without.
//
// Ownership: owns its nodes until FreeStep has answered false. A record itself: moving it to
// another place in memory is fine. Thread: one at a time.
class ScoreForest {
 public:
  ScoreForest() = default;
  ScoreForest(const ScoreForest&) = delete;
  ScoreForest& operator=(const ScoreForest&) = delete;

  bool empty() const { return parts_.empty(); }
  // How many elements there are.
  size_t size() const { return size_; }

  // Takes over all that `other` has. O(1) for each of its parts.
  void Take(ScoreForest* other);

  // The elements that the next FreeStep frees; none when there are no more. O(log n).
  std::span<ScoredMember* const> NextLeaf() const;

  // Frees one leaf, with the nodes above that have no other any more, and adds up how many elements
  // went and their bytes. Answers whether there are more. Takes no memory.
  struct Freed {
    size_t elements = 0;
    size_t bytes = 0;
  };
  bool FreeStep(Freed* freed);

 private:
  friend class ScoreTree;

  struct Part {
    score_tree_internal::Node* node;
    size_t level;  // 0: a leaf
  };
  void Add(score_tree_internal::Node* node, size_t level, size_t elements) {
    parts_.Insert(parts_.size(), Part{node, level});
    size_ += elements;
  }

  BlockArray<Part> parts_;
  size_t size_ = 0;
};

// The elements of a big sorted set in their order, by score and, where scores are equal, by bytes:
// a B-tree whose inner nodes know how many elements are below each child. So the element of a rank
// is found in a few steps as well as the rank of an element, and everything else is ranks: a range
// of scores is where it begins and how many there are.
//
//   inner    | first score and element, count | ...      up to 31 children
//   leaf     | element* | element* | ...                 up to 63, in a block that fits
//
// About nine bytes an element: the pointer, a bit of room in the leaf, a thirtieth of the inner
// nodes. A search looks at five or six elements of one leaf; above, at none but where scores are
// equal.
//
// Changes go by rank, after a search for it: one walk down, where full nodes are divided on the
// way, or one down and up again, where what has become small is joined with its neighbour.
//
// Ownership: owns its nodes and not the elements, until Release or Cut. A record itself: moving it
// to another place in memory is fine. Thread: one at a time.
class ScoreTree {
  using Node = score_tree_internal::Node;
  using Leaf = score_tree_internal::Leaf;
  using Inner = score_tree_internal::Inner;

 public:
  ScoreTree() = default;
  ScoreTree(const ScoreTree&) = delete;
  ScoreTree& operator=(const ScoreTree&) = delete;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // How many elements there are for which `before(double score, const ScoredMember&)` is true. It
  // has to be so for the first ones and no others. O(log n).
  template <typename Before>
  size_t CountBefore(Before&& before) const;

  // How many elements come before one with this score and these bytes: the rank of that one, or the
  // one that it will have. O(log n).
  size_t RankOf(double score, std::string_view bytes) const {
    return CountBefore([&](double other, const ScoredMember& member) {
      return other != score ? other < score : member.view() < bytes;
    });
  }

  // REQUIRES: rank < size(). O(log n).
  ScoredMember* At(size_t rank) const;

  // The elements from `rank` on that are in the same leaf. REQUIRES: rank < size(). O(log n).
  struct Run {
    std::span<ScoredMember* const> items;
    size_t at;  // which of them has the rank
  };
  Run RunAt(size_t rank) const;

  // Inserts `member`, which gets that rank: RankOf has said so. O(log n).
  void InsertAt(size_t rank, ScoredMember* member);

  // Takes the element of a rank out. O(log n).
  ScoredMember* EraseAt(size_t rank);

  // Takes `count` elements from `first` on out, into `dead`: subtrees as they are, and parts of the
  // leaves at both ends. O(log n).
  void Cut(size_t first, size_t count, ScoreForest* dead);

  // Takes out everything. O(1).
  void Release(ScoreForest* dead);

  // As the forest's, for a tree that is only to be freed. O(log n).
  bool FreeStep(ScoreForest::Freed* freed);

  // Bytes of the nodes' blocks: counted, O(n / 50); or guessed by `looks` > 0 leaves at even
  // distances, O(looks * log n), where there are more than these.
  size_t CountMemory() const;
  size_t GuessMemory(size_t looks) const;

  // One step of the defragger's walk, leaf by leaf, from rank 0 until it answers 0: the leaf that
  // has `rank`, and the inner nodes whose first leaf it is. `move_items(std::span<ScoredMember*>)`
  // puts in the place of each element where it is now. Any rank is fine.
  using MoveItems = std::function<void(std::span<ScoredMember*>)>;
  size_t DefragStep(size_t rank, memory::BlockMover& mover, const MoveItems& move_items);

  // Whether all figures are right, all is in order and no node is empty or too full, for tests.
  bool IsSound() const;

 private:
  static Leaf* AsLeaf(Node* node) { return static_cast<Leaf*>(node); }
  static Inner* AsInner(Node* node) { return static_cast<Inner*>(node); }
  static const Leaf& AsLeaf(const Node& node) { return static_cast<const Leaf&>(node); }
  static const Inner& AsInner(const Node& node) { return static_cast<const Inner&>(node); }

  // Has what a search reads first of a node fetched into the cache: the scores of an inner one, the
  // pointers of a leaf.
  static void FetchNode(const Node& node) {
    const char* const begin = reinterpret_cast<const char*>(&node);
    for (size_t at = 0; at < 256; at += 64) Prefetch(begin + at);
  }

  // CountBefore in one leaf.
  template <typename Before>
  static uint32_t CountInLeaf(const Leaf& leaf, Before& before);

  // The child of `inner` that has element `*rank`, which becomes the one among the child's.
  static uint32_t ChildAt(const Inner& inner, uint64_t* rank);

  // The leaf that has element `*rank`, which becomes the one among the leaf's.
  const Leaf& LeafAt(uint64_t* rank) const;

  void EraseIn(Node** node, size_t level, uint64_t rank, ScoredMember** erased);
  void CutIn(Node** node, size_t level, uint64_t first, uint64_t count, ScoreForest* dead);
  // Says whether the leaf is the node's first.
  size_t DefragIn(Node** node, size_t level, uint64_t rank, memory::BlockMover& mover,
                  const MoveItems& move_items, bool* first);
  void Lower();
  static size_t CountMemoryIn(const Node& node, size_t level);
  static bool IsSoundIn(const Node& node, size_t level, bool root);

  Node* root_ = nullptr;
  size_t height_ = 0;  // levels of inner nodes
  size_t size_ = 0;
};

template <typename Before>
size_t ScoreTree::CountBefore(Before&& before) const {
  if (root_ == nullptr) return 0;
  const Node* node = root_;
  size_t rank = 0;
  for (size_t level = height_; level > 0; --level) {
    const Inner& inner = AsInner(*node);
    // The last child that begins before; the first one where none does.
    uint32_t low = 0;
    for (uint32_t high = inner.size; high - low > 1;) {
      const uint32_t middle = (low + high) / 2;
      (before(inner.scores[middle], *inner.firsts[middle]) ? low : high) = middle;
    }
    node = inner.children[low];
    FetchNode(*node);
    for (uint32_t i = 0; i < low; ++i) rank += inner.counts[i];
  }
  return rank + CountInLeaf(AsLeaf(*node), before);
}

// The elements lie all over the memory. So those that the next three steps of the search may look
// at are fetched together: it waits twice and not six times.
template <typename Before>
uint32_t ScoreTree::CountInLeaf(const Leaf& leaf, Before& before) {
  constexpr uint32_t kParts = 8;
  ScoredMember* const* const items = leaf.items();
  uint32_t low = 0;
  uint32_t high = leaf.size;
  while (low < high) {
    const auto bound = [&](uint32_t part) { return low + (high - low) * part / kParts; };
    for (uint32_t part = 1; part < kParts; ++part) Prefetch(items[bound(part)]);
    // The last part that begins before; the first one where none does.
    uint32_t first = 0;
    for (uint32_t end = kParts; end - first > 1;) {
      const uint32_t middle = (first + end) / 2;
      const ScoredMember& member = *items[bound(middle)];
      (before(member.score(), member) ? first : end) = middle;
    }
    const uint32_t end = first + 1 < kParts ? bound(first + 1) : high;
    low = first > 0 ? bound(first) + 1 : low;
    high = end;
  }
  return low;
}

}  // namespace ebb
