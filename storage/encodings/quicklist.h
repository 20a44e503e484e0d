// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/encodings/block_array.h"
#include "storage/encodings/list_node.h"

namespace ebb {

// A long list: nodes of many elements each, in a directory of chunks of up to 64 nodes. Nodes and
// chunks know how many elements they have, so an index is found by a look at the chunks, at one
// chunk's nodes, and into one node: of five million short elements there are some hundred chunks.
//
//   chunks  | 43,512 | 43,519 | ...              elements in each
//   nodes   | 680 | 680 | ... | 672 |            elements in each, and a block of up to 8 KiB
//
// An element costs two bytes beyond its own (listpack.h), a node 24 bytes and what its block is too
// large: nodes that are not at an end fit their elements. Where ListNodeLimit::depth is not 0,
// those that are so far from both ends are compressed. A list follows another depth as it is
// changed: each node that is, and those that come to be at an end or leave it.
//
// Ownership: owns its nodes until Free or FreeStep; copying is Copy. A record itself: moving it to
// another place in memory is fine. Thread: any, one at a time. Places are valid until the list is
// changed.
class Quicklist {
 public:
  // A node's place, with an offset in it: of an element, or behind the last one.
  struct Place {
    uint32_t chunk = 0;
    uint32_t node = 0;
    size_t offset = Listpack::kHeadSize;
  };

  Quicklist() = default;
  Quicklist(const Quicklist&) = delete;
  Quicklist& operator=(const Quicklist&) = delete;
  Quicklist(Quicklist&& other) noexcept { Swap(other); }
  Quicklist& operator=(Quicklist&&) = delete;

  size_t size() const { return size_; }  // elements
  size_t nodes() const { return nodes_; }

  // Bytes of all blocks. O(1).
  size_t memory() const { return bytes_ + chunks_.memory(); }

  // An element's node, and which of that node's elements it is.
  struct Located {
    Place place;
    size_t inner;
  };
  // Where element `index` is. REQUIRES: index < size(). O(chunks + 64).
  Located Locate(size_t index) const;

  const ListNode& node(const Place& place) const { return chunks_[place.chunk].nodes[place.node]; }

  // The first and the last node, and the neighbours of one; false when there is none, and `place`
  // stays. Offsets are those of a node's begin. REQUIRES: size() > 0.
  Place First() const { return {}; }
  Place Last() const;
  bool Next(Place* place) const;
  bool Previous(Place* place) const;

  // Makes the list, which is empty, one of a single node with the elements of a listpack.
  void Assign(std::string_view listpack);

  // O(value), amortised, but that a new node in front may move the directory of chunks, 32 bytes
  // for each 64 nodes; the value may not be of the list.
  void PushFront(std::string_view value, const ListNodeLimit& limit);
  void PushBack(std::string_view value, const ListNodeLimit& limit);

  // Inserts before the element, or behind the last element of the node, at `place`. O(node), as
  // Replace.
  void Insert(Place place, std::string_view value, const ListNodeLimit& limit);

  // Replaces the element `index`. A node that is given up goes to `dead`.
  void Replace(size_t index, std::string_view value, const ListNodeLimit& limit, Quicklist* dead);

  // Erases elements that are `needle`: the first `count` of them or, from the back, the last ones.
  // Answers how many there were. Nodes that are given up go to `dead`. O(n).
  size_t EraseEqual(const ListpackNeedle& needle, size_t count, bool from_back,
                    const ListNodeLimit& limit, Quicklist* dead);

  // Erases the first, or last, `count` elements: nodes pass over to `dead`, an empty list, as they
  // are, so that many elements need not be freed at once. REQUIRES: 0 < count < size(). O(chunks +
  // 64 + node).
  void CutFront(size_t count, const ListNodeLimit& limit, Quicklist* dead);
  void CutBack(size_t count, const ListNodeLimit& limit, Quicklist* dead);

  // Frees some nodes, some tens of microseconds' worth, and adds up how many and their bytes.
  // Answers whether there are more; none: all is free.
  struct Freed {
    size_t nodes = 0;
    size_t bytes = 0;
  };
  bool FreeStep(Freed* freed);

  // Appends the elements of `other`, in nodes like its own, compressed ones included.
  void CopyFrom(const Quicklist& other);

  // Moves the directory's own blocks; then, from cursor 0 until it answers 0, those of the nodes,
  // 16 at a time. Any number is a safe cursor.
  void DefragDirectory(memory::BlockMover& mover) { chunks_.Defrag(mover); }
  uint64_t DefragStep(uint64_t cursor, memory::BlockMover& mover);

  void Swap(Quicklist& other);

  // Whether all figures are right and no node is empty, for tests. O(n).
  bool IsSound() const;

 private:
  static constexpr uint32_t kChunkNodes = 64;

  struct Chunk {
    BlockArray<ListNode> nodes;
    size_t elements = 0;
    size_t bytes = 0;  // of the nodes' blocks, and of the one that they stand in
  };
  static_assert(sizeof(Chunk) == 32);  // as PushFront says

  // Books what a change of a node makes different, from its begin to its end. The node is
  // decompressed for it, and then compressed if it is deeper than `depth`.
  class NodeChange {
   public:
    NodeChange(Quicklist& list, const Place& place, size_t depth)
        : list_(list),
          chunk_(list.chunks_[place.chunk]),
          node_(chunk_.nodes[place.node]),
          compress_(depth > 0 && list.IsInner(place, depth)) {
      list_.Book(&chunk_, node_, -1);
    }
    ~NodeChange() {
      if (compress_) node_.Compress();
      list_.Book(&chunk_, node_, 1);
    }
    NodeChange(const NodeChange&) = delete;
    NodeChange& operator=(const NodeChange&) = delete;
    ListNode* operator->() {
      node_.Decompress();
      return &node_;
    }
    const ListNode& operator*() const { return node_; }

    // The node's elements are gone, and it stays as it is.
    void Empty() {
      node_.Empty();
      compress_ = false;
    }

   private:
    Quicklist& list_;
    Chunk& chunk_;
    ListNode& node_;
    bool compress_;
  };

  void Book(Chunk* chunk, size_t elements, size_t bytes);
  void Book(Chunk* chunk, const ListNode& node, int64_t sign);

  // Directory: nodes come into a chunk, or leave it and, with the last one, the chunk goes. Put
  // inserts a node before the place of another one (of the last chunk's end to append), and answers
  // where it is; Take takes one out.
  void InsertNodes(size_t chunk, size_t at, const ListNode* nodes, size_t count);
  void EraseNodes(size_t chunk, size_t at, size_t count);
  Place Put(Place place, const ListNode& node);
  void Append(const ListNode& node) { Put(End(), node); }
  ListNode Take(const Place& place);
  Place End() const;
  Place MakeRoom(Place place);
  void MoveChunks(size_t first, size_t count, Quicklist* target);
  void MovePart(size_t chunk, size_t first, size_t count, Quicklist* target);

  // Compression: IsInner: whether at least `depth` nodes are on both sides. After nodes have come
  // or gone, SettleEnds sees to those that are at an end now or have left it, and Settle to the one
  // at `place`, too.
  bool IsInner(const Place& place, size_t depth) const;
  void Compress(const Place& place);
  bool Decompress(const Place& place);
  void SettleEnds(size_t depth);
  void Settle(const Place& place, size_t depth);

  void CutFirst(size_t count, size_t depth);
  void CutLast(size_t count, size_t depth);
  Place Split(const Place& place, const ListNodeLimit& limit);
  void Join(const ListNodeLimit& limit, Quicklist* dead);

  BlockArray<Chunk> chunks_;
  size_t size_ = 0;
  size_t nodes_ = 0;
  size_t bytes_ = 0;  // as of the chunks
};

}  // namespace ebb
