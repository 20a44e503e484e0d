// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/large_bulk.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace ebb {
namespace {

// The first room has more, up to four times as much; what was only announced takes no more.
constexpr size_t kLeastRoom = 64 * 1024;

// The smallest room above `floor` for a whole of `all` bytes, of all, all / 4, all / 16...
size_t RoomAbove(size_t floor, size_t all) {
  size_t room = all;
  for (size_t less = all; less > floor; less = (less + 3) / 4) room = less;
  return room;
}

}  // namespace

LargeBulk::Block::Block(const ParserLimits& limits, size_t room)
    : limits_(&limits), memory_(limits.allocate(kLargeBulkHeadroom + room)), room_(room) {
  if (memory_ != nullptr && limits.awaited_bytes != nullptr) *limits.awaited_bytes += room;
}

LargeBulk::Block::~Block() {
  if (memory_ == nullptr) return;
  Fill(room_ - filled_);
  limits_->free(memory_, size());
}

void LargeBulk::Block::Fill(size_t count) {
  filled_ += count;
  if (limits_->awaited_bytes != nullptr) *limits_->awaited_bytes -= count;
}

void LargeBulk::Block::Swap(Block& other) {
  std::swap(limits_, other.limits_);
  std::swap(memory_, other.memory_);
  std::swap(room_, other.room_);
  std::swap(filled_, other.filled_);
}

LargeBulk::LargeBulk(const ParserLimits& limits, size_t size, std::string_view arrived)
    : limits_(&limits),
      size_(size),
      received_(arrived.size()),
      block_(limits, RoomAbove(std::max(arrived.size(), kLeastRoom), size + kEnd)) {
  if (!valid()) return;
  std::memcpy(bytes(), arrived.data(), received_);
  block_.Fill(received_);
}

bool LargeBulk::Received(size_t count) {
  received_ += count;
  block_.Fill(count);
  MoveAlong(count);
  return received_ < block_.room() || complete() || Grow();
}

// Moves at most so many bytes on from the old block, which is freed with the last.
void LargeBulk::MoveAlong(size_t most) {
  const size_t left = received_ - block_.filled();
  if (left == 0) return;
  const size_t count = std::min(most, left);
  const size_t at = old_.room() - left;
  std::memcpy(bytes() + at, old_.bytes() + at, count);
  block_.Fill(count);
  if (count == left) old_ = Block();
}

bool LargeBulk::Grow() {
  assert(old_.memory() == nullptr);
  Block larger(*limits_, RoomAbove(block_.room(), size_ + kEnd));
  if (larger.memory() == nullptr) return false;
  old_ = std::exchange(block_, std::move(larger));
  return true;
}

std::optional<LargeBulk> TakeLarge(std::span<LargeArgument> arguments, size_t index) {
  const auto found = std::ranges::lower_bound(arguments, index, {}, &LargeArgument::index);
  if (found == arguments.end() || found->index != index || !found->bulk.valid()) {
    return std::nullopt;
  }
  return std::move(found->bulk);
}

}  // namespace ebb
