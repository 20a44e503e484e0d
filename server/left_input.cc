// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/left_input.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "server/left_to_thread.h"

namespace ebb {
namespace {

// What is freed at once. Nearly all of it lies in blocks of 32 KiB and more.
constexpr size_t kMostBytesAtOnce = size_t{4} << 20;

struct DeadInput {
  RequestParser::Holdings held;

  bool empty() const { return held.large.empty() && held.buffers.empty() && held.backlog.empty(); }

  void FreeLast() {
    if (!held.large.empty()) {
      FreeLastArgument(&held.large);
    } else if (!held.buffers.empty()) {
      held.buffers.pop_back();
    } else {
      held.backlog.Consume(held.backlog.Front().size());
    }
  }
};

}  // namespace

void LeaveInput(RequestParser& parser, Disposer& disposer) {
  if (parser.memory_bytes() <= kMostBytesAtOnce || !disposer.lazy(DisposeCause::kServerDel)) return;
  auto dead = std::make_unique<DeadInput>(DeadInput{parser.TakeHoldings()});
  const size_t bytes = dead->held.bytes;
  const size_t parts = dead->held.large.size() + dead->held.buffers.size() +
                       dead->held.backlog.bytes() / InputBacklog::kBlockBytes;
  LeaveToThread(std::move(dead), bytes, parts, disposer);
}

}  // namespace ebb
