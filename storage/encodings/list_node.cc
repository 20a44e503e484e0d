// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/list_node.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace ebb {
namespace {

constexpr size_t kHeadSize = Listpack::kHeadSize;

// Blocks up to this one are not worth being made smaller.
constexpr size_t kSmallBlock = 64;

void FreeBlock(char* block, size_t capacity) {
  if (capacity > 0) memory::FreeAnySize(block, capacity);
}

}  // namespace

ListNodeLimit ListNodeLimit::Of(int64_t size, int64_t depth) {
  constexpr size_t kKilobyte = 1024;
  const auto ends = static_cast<size_t>(std::min<int64_t>(depth, UINT16_MAX));
  if (size >= 0) {
    return {8 * kKilobyte, static_cast<size_t>(std::clamp<int64_t>(size, 1, INT16_MAX)), ends};
  }
  const int64_t level = std::min<int64_t>(-size - 1, 4);
  return {4 * kKilobyte << level, SIZE_MAX, ends};
}

ListNode::ListNode(std::string_view bytes) {
  MoveToBlock(0, 0, bytes.size(), Capacity(bytes.size()));
  std::memcpy(block_, bytes.data(), bytes.size());
  count_ = static_cast<uint32_t>(list().Count());
}

ListNode ListNode::Copy() const {
  if (!is_compressed()) return ListNode(bytes());
  ListNode copy = *this;
  copy.block_ = static_cast<char*>(memory::Allocate(capacity_));
  std::memcpy(copy.block_, block_, capacity_);
  return copy;
}

// What a block of at least `size` bytes really has. Of the largest, only what was asked for counts:
// the lengths are of 32 bits.
size_t ListNode::Capacity(size_t size) {
  return size > kMostGood ? size : memory::GoodSize(size);
}

void ListNode::Free() {
  FreeBlock(block_, capacity_);
  *this = ListNode();
}

void ListNode::Insert(size_t offset, std::string_view value, const ListNodeLimit& limit) {
  const bool fresh = size_ == 0;
  if (fresh) offset = 0;
  const size_t inserted = ListpackElementSize(value, ListpackWays::kBoth) + (fresh ? kHeadSize : 0);
  const size_t needed = size_ + inserted;
  // A quarter is the allocator's next class: with half as much a third of the block was empty
  // behind 12 elements of 260 bytes.
  const size_t roomy = std::max(needed, std::min(needed + needed / 4, limit.bytes));
  char* bytes = Splice(offset, 0, inserted, roomy);
  if (fresh) {
    std::memset(bytes, 0, kHeadSize);
    offset = kHeadSize;
  }
  WriteListpackElement(bytes + offset, value, ListpackWays::kBoth);
  AdjustListpackCount(bytes, 1);
  ++count_;
}

void ListNode::PushFront(std::string_view value, const ListNodeLimit& limit) {
  Insert(kHeadSize, value, limit);
}

void ListNode::Append(const ListNode& other) {
  const std::string_view added = other.bytes().substr(kHeadSize);
  const size_t end = size_;
  char* bytes = Splice(end, 0, added.size(), size_ + added.size());
  std::memcpy(bytes + end, added.data(), added.size());
  AdjustListpackCount(bytes, other.count_);
  count_ += other.count_;
}

void ListNode::Erase(size_t from, size_t to, size_t count) {
  const size_t left = size_ - (to - from);
  char* bytes = Splice(from, to - from, 0, left);
  AdjustListpackCount(bytes, -static_cast<int64_t>(count));
  count_ -= static_cast<uint32_t>(count);
}

void ListNode::Replace(size_t offset, std::string_view value) {
  const size_t old_size = list().Next(offset) - offset;
  const size_t new_size = ListpackElementSize(value, ListpackWays::kBoth);
  char* bytes = Splice(offset, old_size, new_size, size_ - old_size + new_size);
  WriteListpackElement(bytes + offset, value, ListpackWays::kBoth);
}

void ListNode::EraseEqual(const ListpackNeedle& needle, size_t skip, size_t max) {
  const Listpack elements = list();
  char* const bytes = block_ + begin_;
  size_t erased = 0;
  size_t to = elements.Begin();
  for (size_t from = to; from < elements.End();) {
    const size_t next = elements.Next(from);
    const bool found = erased < max && elements.Equals(from, needle);
    if (found && skip == 0) {
      ++erased;
    } else {
      if (found) --skip;
      if (to != from) std::memmove(bytes + to, bytes + from, next - from);
      to += next - from;
    }
    from = next;
  }
  Erase(to, size_, erased);
}

void ListNode::Fit() {
  if (size_ != 0 && Capacity(size_) < capacity_) MoveToBlock(0, 0, 0, Capacity(size_));
}

// Replaces `removed` bytes at `offset` by `inserted` ones for the caller to fill in; answers where
// the bytes are then. A block that has to be another one is one for `capacity` bytes.
char* ListNode::Splice(size_t offset, size_t removed, size_t inserted, size_t capacity) {
  assert(!is_compressed());
  const size_t size = size_ - removed + inserted;
  const bool roomy = capacity_ > kSmallBlock && size < capacity_ / 2;
  if (size <= capacity_ && !roomy) return MoveWithin(offset, removed, inserted);
  return MoveToBlock(offset, removed, inserted, Capacity(capacity));
}

char* ListNode::MoveToBlock(size_t offset, size_t removed, size_t inserted, size_t capacity) {
  const size_t size = size_ - removed + inserted;
  const size_t tail = size_ - offset - removed;
  char* const fresh = static_cast<char*>(memory::Allocate(capacity));
  // The room is where the next element is likely to come.
  const size_t begin = offset <= kHeadSize && tail > 0 ? capacity - size : 0;
  const char* const bytes = block_ + begin_;
  if (offset > 0) std::memcpy(fresh + begin, bytes, offset);
  if (tail > 0) std::memcpy(fresh + begin + offset + inserted, bytes + offset + removed, tail);
  FreeBlock(block_, capacity_);
  block_ = fresh;
  capacity_ = static_cast<uint32_t>(capacity);
  begin_ = static_cast<uint32_t>(begin);
  size_ = static_cast<uint32_t>(size);
  return fresh + begin;
}

char* ListNode::MoveWithin(size_t offset, size_t removed, size_t inserted) {
  const size_t front = offset;
  const size_t tail = size_ - offset - removed;
  const size_t size = front + inserted + tail;
  // Where the bytes begin if the part in front stays, and if the one behind does.
  const size_t front_stays = begin_;
  const size_t tail_stays = begin_ + removed - inserted;  // too large when there is no room for it
  const bool front_may = front_stays + size <= capacity_;
  const bool tail_may = begin_ + removed >= inserted;
  size_t begin = front_stays;
  if (tail_may && (!front_may || front < tail)) {
    begin = tail_stays;
  } else if (!front_may) {
    // No room on either side alone: all of it goes to where the next element is likely to come.
    begin = front < tail ? capacity_ - size : 0;
  }
  char* const from = block_ + begin_;
  char* const to = block_ + begin;
  const auto move_front = [&] {
    if (to != from) std::memmove(to, from, front);
  };
  const auto move_tail = [&] { std::memmove(to + front + inserted, from + front + removed, tail); };
  // Neither may write over the other before that has moved.
  if (to <= from) {
    move_front();
    if (begin != tail_stays) move_tail();
  } else {
    if (begin != tail_stays) move_tail();
    move_front();
  }
  begin_ = static_cast<uint32_t>(begin);
  size_ = static_cast<uint32_t>(size);
  return to;
}

}  // namespace ebb
