// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <string_view>

namespace ebb {

// What one read into a client's own memory may bring at least.
inline constexpr size_t kMinRead = 16 * 1024;

// What a client has sent ahead, in the order of its arrival. It lies in blocks, so that one more
// read never has to move what came before, however much that is. Thread: one.
class InputBacklog {
 public:
  static constexpr size_t kBlockBytes = size_t{128} << 10;

  // Where the next read should put its bytes, never empty; `count` of them have come. O(1).
  std::span<char> Target();
  void Received(size_t count);
  // Whether Target has been asked, and has a block for what may come.
  bool in_use() const { return !blocks_.empty(); }

  // The oldest bytes, as many as lie together; `count` of these are no longer needed. O(1).
  // REQUIRES: !empty().
  std::string_view Front() const;
  void Consume(size_t count);
  bool empty() const { return bytes_ == 0; }

  // Gives back a block into which nothing was read.
  void DropUnused();

  size_t bytes() const { return bytes_; }
  size_t free_bytes() const { return in_use() ? kBlockBytes - blocks_.back().end : 0; }
  size_t memory_bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  struct Block {
    std::unique_ptr<char[]> memory = std::make_unique_for_overwrite<char[]>(kBlockBytes);
    size_t begin = 0;
    size_t end = 0;
  };

  std::list<Block> blocks_;  // the first is empty only if it is the only one
  size_t bytes_ = 0;
};

}  // namespace ebb
