// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <vector>

#include "storage/value.h"

namespace ebb {

class Disposer;

// Living values that have yet to let go of what a command cut off of them: a sorted set loses any
// range of its order at once, but its table has to be told of each member, and of millions that
// takes steps.
//
// Ownership: holds a reference to each value. The value's key may be written, renamed or deleted
// meanwhile; what nobody else refers to any more ends here. Thread: engine thread.
class Shedding {
 public:
  // What a type does: lets go of some tens of microseconds' worth, or leaves it to `disposer`, and
  // answers whether there is more; and gives back the reference, through `disposer` when it was the
  // last.
  struct Work {
    bool (*step)(Value* value, Disposer& disposer);
    void (*end)(Value* value, Disposer& disposer);
  };

  // `disposer` outlives this object.
  explicit Shedding(Disposer& disposer) : disposer_(disposer) {}
  ~Shedding();
  Shedding(const Shedding&) = delete;
  Shedding& operator=(const Shedding&) = delete;

  // Takes a reference to `value`, which is not here yet. `work` is of static lifetime. O(1).
  void Add(Value* value, const Work& work);

  bool empty() const { return values_.empty(); }

  // One step for one value; answers whether there is more.
  bool Step();

 private:
  struct Item {
    Value* value;
    const Work* work;
  };

  Disposer& disposer_;
  std::vector<Item> values_;
};

}  // namespace ebb
