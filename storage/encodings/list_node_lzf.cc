// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <lzf.h>

#include <cassert>
#include <cstring>
#include <memory>

#include "storage/encodings/list_node.h"

// Compressed nodes: the only file that knows LZF. What compressing costs is spent on nodes between
// the two sizes alone: a single element may have hundreds of megabytes, and everybody would wait.
namespace ebb {
namespace {

constexpr size_t kLeastSize = 48;
constexpr size_t kMostSize = size_t{1} << 20;

// Bytes that have to be gained.
constexpr size_t kLeastGain = 8;

}  // namespace

void ListNode::Compress() {
  if (is_compressed() || size_ < kLeastSize || size_ > kMostSize) return;
  const size_t most = size_ - kLeastGain;
  const auto buffer = std::make_unique_for_overwrite<char[]>(most);
  const unsigned size =
      lzf_compress(bytes().data(), size_, buffer.get(), static_cast<unsigned>(most));
  if (size == 0 || memory::GoodSize(size) >= memory::GoodSize(size_)) return;
  char* const block = static_cast<char*>(memory::Allocate(size));
  std::memcpy(block, buffer.get(), size);
  memory::FreeAnySize(block_, capacity_);
  block_ = block;
  capacity_ = size;
  begin_ = 0;
}

void ListNode::DecompressBlock() {
  const size_t capacity = memory::GoodSize(size_);
  char* const block = static_cast<char*>(memory::Allocate(capacity));
  DecompressTo(block);
  memory::FreeAnySize(block_, capacity_);
  block_ = block;
  capacity_ = static_cast<uint32_t>(capacity);
}

void ListNode::DecompressTo(char* to) const {
  [[maybe_unused]] const unsigned size = lzf_decompress(block_, capacity_, to, size_);
  assert(size == size_);
}

Listpack ListNodeReader::Decompress(const ListNode& node) {
  if (capacity_ < node.size()) {
    capacity_ = node.size();
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }
  node.DecompressTo(buffer_.get());
  return Listpack({buffer_.get(), node.size()}, ListpackWays::kBoth);
}

}  // namespace ebb
