// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/input_backlog.h"

namespace ebb {

std::span<char> InputBacklog::Target() {
  if (blocks_.empty() || free_bytes() < kMinRead) blocks_.emplace_back();
  const Block& last = blocks_.back();
  return {last.memory.get() + last.end, kBlockBytes - last.end};
}

void InputBacklog::Received(size_t count) {
  blocks_.back().end += count;
  bytes_ += count;
}

std::string_view InputBacklog::Front() const {
  const Block& first = blocks_.front();
  return {first.memory.get() + first.begin, first.end - first.begin};
}

void InputBacklog::Consume(size_t count) {
  Block& first = blocks_.front();
  first.begin += count;
  bytes_ -= count;
  if (first.begin == first.end) blocks_.pop_front();
}

void InputBacklog::DropUnused() {
  if (in_use() && blocks_.back().end == 0) blocks_.pop_back();
}

}  // namespace ebb
