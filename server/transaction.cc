// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/transaction.h"

#include "storage/dispose.h"

namespace ebb {
namespace {

// How many commands and arguments are freed at once: about ten microseconds' worth, which is what
// it takes to wake a thread.
constexpr size_t kMostAtOnce = 256;

// What is left to the thread. It goes from its end, argument by argument: a single command may have
// a million of them.
struct DeadQueue {
  std::vector<Transaction::Queued> queue;

  void FreeLast() {
    std::vector<std::string>& args = queue.back().args;
    args.empty() ? queue.pop_back() : args.pop_back();
  }
};

Garbage::Slice FreeSome(void* what, uint32_t) {
  auto* dead = static_cast<DeadQueue*>(what);
  Garbage::Slice slice;
  for (; slice.parts < kMostAtOnce && !dead->queue.empty(); ++slice.parts) dead->FreeLast();
  slice.more = !dead->queue.empty();
  if (!slice.more) delete dead;
  return slice;
}

}  // namespace

EndedTransaction::~EndedTransaction() {
  const size_t parts = transaction_.queue.size() + transaction_.arguments;
  if (parts <= kMostAtOnce || !disposer_.lazy(DisposeCause::kServerDel)) return;
  // It was no object of a database, so it does not count as one.
  constexpr size_t kObjects = 0;
  const size_t bytes = transaction_.queue_bytes();
  auto* dead = new DeadQueue{std::move(transaction_.queue)};
  disposer_.DisposeLater(Garbage(dead, 0, FreeSome, kObjects, bytes, parts));
}

}  // namespace ebb
