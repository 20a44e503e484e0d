// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace ebb {

// What clients leave behind that has more parts than one step may end: the rest ends a step at a
// time, what was left last before what was left earlier.
//
//   const auto end_some = [&](Watcher& watcher) {...};
//   forgotten.Leave(std::move(watcher), end_some);
//   ...
//   const bool more = forgotten.EndSome(end_some);
//
// `end_some(T&)` ends up to a step's worth of parts and answers whether there are more.
//
// Ownership: owns what has parts left. Thread: one at a time.
template <typename T>
class Leavings {
 public:
  // The first step, at once.
  template <typename EndSomeOf>
  void Leave(std::unique_ptr<T> left, EndSomeOf&& end_some) {
    if (end_some(*left)) left_.push_back(std::move(left));
  }

  // Another step; answers whether there is more.
  template <typename EndSomeOf>
  bool EndSome(EndSomeOf&& end_some) {
    if (!left_.empty() && !end_some(*left_.back())) left_.pop_back();
    return !left_.empty();
  }

  bool empty() const { return left_.empty(); }

 private:
  std::vector<std::unique_ptr<T>> left_;
};

}  // namespace ebb
