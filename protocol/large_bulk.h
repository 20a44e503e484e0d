// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "protocol/parser_limits.h"

namespace ebb {

// Bytes left free before a big argument in its block, for who adopts it to write a header into.
inline constexpr size_t kLargeBulkHeadroom = 32;

// Arguments of at least this size that have not arrived whole are received into a block of their
// own.
inline constexpr size_t kLargeBulkMin = 32 * 1024;

// One big argument: headroom, the bytes, CR LF, in one block in the end. Who announces many bytes
// and sends few takes little memory: the block is small at first, and each time it is full another
// of four times its room takes its place. What the old one holds moves along with what comes, a
// byte for a byte, so that no step copies more than it has received; as the rooms are the whole
// divided by 4 again and again, all has moved long before the next is full. Move-only.
class LargeBulk {
 public:
  // For an argument of `size` >= kLargeBulkMin bytes; of it and its CR LF, `arrived` is here, but
  // not all.
  LargeBulk(const ParserLimits& limits, size_t size, std::string_view arrived);

  // False when memory could not be had, and once the block has been given away.
  bool valid() const { return block_.memory() != nullptr; }

  // Where the bytes to come go; empty only when none are. Received says how many did, and is false
  // when there is no memory for the next. O(count).
  std::span<char> Target() { return {bytes() + received_, block_.room() - received_}; }
  bool Received(size_t count);

  // Bytes here, and whether they are all, CR LF included.
  size_t received() const { return received_; }
  bool complete() const { return received_ == size_ + kEnd; }

  // The argument. REQUIRES: complete().
  size_t size() const { return size_; }
  size_t block_bytes() const { return block_.size(); }
  char* bytes() { return block_.bytes(); }
  std::string_view view() const { return {block_.bytes(), size_}; }

  // Gives the block away, to be freed by its new owner with block_bytes().
  void* ReleaseBlock() { return block_.Release(); }

 private:
  static constexpr size_t kEnd = 2;  // CR LF

  // Memory for a headroom and `room` bytes, and how many of these have been written. Move-only.
  class Block {
   public:
    Block() = default;
    Block(const ParserLimits& limits, size_t room);
    Block(Block&& other) noexcept { Swap(other); }
    Block& operator=(Block other) noexcept {
      Swap(other);
      return *this;
    }
    ~Block();

    const void* memory() const { return memory_; }
    char* bytes() const { return static_cast<char*>(memory_) + kLargeBulkHeadroom; }
    size_t room() const { return room_; }
    size_t size() const { return kLargeBulkHeadroom + room_; }
    size_t filled() const { return filled_; }
    void Fill(size_t count);
    void* Release() { return std::exchange(memory_, nullptr); }

   private:
    void Swap(Block& other);

    const ParserLimits* limits_ = nullptr;
    void* memory_ = nullptr;
    size_t room_ = 0;
    size_t filled_ = 0;
  };

  void MoveAlong(size_t most);
  bool Grow();

  const ParserLimits* limits_;
  size_t size_;
  size_t received_;
  Block block_;  // holds all that was received but what is still in old_
  Block old_;
};

// A command's argument that lies in a block of its own.
struct LargeArgument {
  size_t index;
  LargeBulk bulk;
};

// Takes the bulk of the argument `index` out of `arguments`, which are in the order of their
// indexes. Nothing where it is none of these, or was taken before. O(log arguments).
std::optional<LargeBulk> TakeLarge(std::span<LargeArgument> arguments, size_t index);

}  // namespace ebb
