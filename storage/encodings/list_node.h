// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "storage/encodings/listpack.h"
#include "storage/memory/allocator.h"

namespace ebb {

// How much a node of a list may hold, as `list-max-listpack-size` says, and how many of them stay
// as they are at both ends while the others are compressed, as `list-compress-depth` says; 0: all.
// An element that is too big for a node has one of its own.
struct ListNodeLimit {
  size_t bytes;
  size_t count;
  size_t depth = 0;

  // `size`: so many elements and at most 8 KiB, or if negative, -1 to -5: 4 to 64 KiB.
  static ListNodeLimit Of(int64_t size, int64_t depth = 0);

  bool Allows(size_t node_bytes, size_t node_count) const {
    return node_bytes <= bytes && node_count <= count;
  }
};

// A piece of a big list: a listpack in a block that may have room before and behind it, so that
// both ends take and lose elements without a move of the others. A record itself: copying it copies
// no elements.
//
// A node that is seldom looked at may be compressed: its block has LZF's bytes and nothing else.
// ListNodeReader reads it all the same; what changes it, and list(), needs it decompressed.
//
// Ownership: whoever holds it frees it. Thread: any, one at a time. Offsets are those of list().
class ListNode {
 public:
  // A node without elements; one with those of `bytes`, a listpack, in a block of just its size.
  ListNode() = default;
  explicit ListNode(std::string_view bytes);

  // Another node like this one, compressed if this one is.
  ListNode Copy() const;

  // Frees the block: no elements are left.
  void Free();

  Listpack list() const { return Listpack(bytes(), ListpackWays::kBoth); }
  std::string_view bytes() const { return {block_ + begin_, size_}; }
  size_t size() const { return size_; }    // of bytes(), decompressed
  size_t count() const { return count_; }  // of elements

  // Bytes of the block: as it was asked for, and as the allocator gives it.
  size_t block_size() const { return capacity_; }
  size_t memory() const {
    const bool is_good = !is_compressed() && capacity_ <= kMostGood;
    return is_good ? capacity_ : memory::GoodSize(capacity_);
  }
  void* block() const { return block_; }
  void set_block(void* block) { block_ = static_cast<char*>(block); }

  // No elements fit into a block that is smaller than they are.
  bool is_compressed() const { return size_ > capacity_; }

  // Compresses the node, unless it is too small, so big that it would take long, or would not come
  // to a smaller block. O(size), some 20 microseconds for 8 KiB.
  void Compress();

  // O(size), some 5 microseconds for 8 KiB; O(1) for what is not compressed.
  void Decompress() {
    if (is_compressed()) [[unlikely]]
      DecompressBlock();
  }

  // The bytes that the node has with `value` among its elements.
  size_t SizeWith(std::string_view value) const {
    return (size_ == 0 ? Listpack::kHeadSize : size_) +
           ListpackElementSize(value, ListpackWays::kBoth);
  }

  // Inserts `value` before the element at `offset` (the end to append). The block grows by half,
  // but not beyond `limit`. The value may not be of this node. O(size); O(value) at both ends,
  // amortised.
  void Insert(size_t offset, std::string_view value, const ListNodeLimit& limit);
  void PushFront(std::string_view value, const ListNodeLimit& limit);
  void PushBack(std::string_view value, const ListNodeLimit& limit) { Insert(size_, value, limit); }

  // Appends the elements of another node.
  void Append(const ListNode& other);

  // Erases the `count` elements that lie between two offsets. O(size); O(1) at both ends.
  void Erase(size_t from, size_t to, size_t count);

  // Replaces the element at `offset`.
  void Replace(size_t offset, std::string_view value);

  // Says that the elements are gone, and leaves their bytes to whoever frees the node.
  void Empty() { count_ = 0; }

  // Erases elements that are `needle`, but the first `skip` of them, and `max` at most, and not
  // all that the node has. O(size).
  void EraseEqual(const ListpackNeedle& needle, size_t skip, size_t max);

  // Gives back what the block has beyond its elements, where that makes a smaller one.
  void Fit();

 private:
  friend class ListNodeReader;

  // Blocks up to this one are of a size that the allocator gives, but for compressed ones.
  static constexpr size_t kMostGood = size_t{1} << 31;
  static size_t Capacity(size_t size);

  void DecompressBlock();
  void DecompressTo(char* to) const;
  char* Splice(size_t offset, size_t removed, size_t inserted, size_t capacity);
  char* MoveWithin(size_t offset, size_t removed, size_t inserted);
  char* MoveToBlock(size_t offset, size_t removed, size_t inserted, size_t capacity);

  char* block_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t begin_ = 0;
  uint32_t size_ = 0;
  uint32_t count_ = 0;
};

// Reads nodes, compressed or not, and changes none.
class ListNodeReader {
 public:
  // The node's elements: its own bytes, or a copy that is valid until the next Read. O(1), of
  // compressed ones O(size).
  Listpack Read(const ListNode& node) {
    is_copy_ = node.is_compressed();
    return is_copy_ ? Decompress(node) : node.list();
  }

  bool is_copy() const { return is_copy_; }

 private:
  Listpack Decompress(const ListNode& node);

  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  bool is_copy_ = false;
};

}  // namespace ebb
