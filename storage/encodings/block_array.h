// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "storage/memory/allocator.h"
#include "storage/memory/block_mover.h"

namespace ebb {

// A row of small records in one block, which grows and shrinks with their number. A record itself:
// copying it copies no elements.
//
// Ownership: whoever holds it frees it. Thread: one at a time. Inserting and erasing moves what is
// behind: O(size), which is meant to be small.
template <typename T>
class BlockArray {
 public:
  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  T& operator[](size_t index) { return data_[index]; }
  const T& operator[](size_t index) const { return data_[index]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  // Bytes of the block, as the allocator gives it.
  size_t memory() const { return capacity_ == 0 ? 0 : memory::GoodSize(capacity_ * sizeof(T)); }

  // Inserts `count` records before `index`.
  void Insert(size_t index, const T* records, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (size_ + count > capacity_) Resize(size_ + count + size_ / 2);
    Move(index + count, index, size_ - index);
    std::memcpy(static_cast<void*>(data_ + index), records, count * sizeof(T));
    size_ += static_cast<uint32_t>(count);
  }
  void Insert(size_t index, const T& record) { Insert(index, &record, 1); }

  // Erases `count` records from `index` on.
  void Erase(size_t index, size_t count) {
    Move(index, index + count, size_ - index - count);
    size_ -= static_cast<uint32_t>(count);
    if (size_ == 0) return Free();
    if (size_ < capacity_ / 3) Resize(size_);
  }

  // Erases the last record, and leaves the block as it is until there is none.
  void DropBack() {
    if (--size_ == 0) Free();
  }

  // Frees the block: no records are left.
  void Free() {
    if (capacity_ != 0) memory::Free(data_, capacity_ * sizeof(T));
    *this = BlockArray();
  }

  // Moves the block if it should move.
  void Defrag(memory::BlockMover& mover) {
    if (capacity_ == 0) return;
    void* const moved = mover.MoveIfAdvised(data_, capacity_ * sizeof(T));
    if (moved != nullptr) data_ = static_cast<T*>(moved);
  }

 private:
  void Move(size_t to, size_t from, size_t count) {
    if (count != 0) std::memmove(static_cast<void*>(data_ + to), data_ + from, count * sizeof(T));
  }

  // Makes room for `records` or, where the block has it, some more.
  void Resize(size_t records) {
    const size_t capacity = memory::GoodSize(records * sizeof(T)) / sizeof(T);
    T* const data = static_cast<T*>(memory::Allocate(capacity * sizeof(T)));
    if (size_ != 0) std::memcpy(static_cast<void*>(data), data_, size_ * sizeof(T));
    if (capacity_ != 0) memory::Free(data_, capacity_ * sizeof(T));
    data_ = data;
    capacity_ = static_cast<uint32_t>(capacity);
  }

  T* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace ebb
