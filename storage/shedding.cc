// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/shedding.h"

#include "storage/dispose.h"

namespace ebb {

Shedding::~Shedding() {
  Disposer at_once;
  for (const Item& item : values_) item.work->end(item.value, at_once);
}

void Shedding::Add(Value* value, const Work& work) {
  Retain(value);
  values_.push_back({value, &work});
}

bool Shedding::Step(Disposer& disposer) {
  if (empty()) return false;
  const Item item = values_.back();
  // What only this refers to is not worth the trouble.
  if (item.value->sole() || !item.work->step(item.value, disposer)) {
    values_.pop_back();
    item.work->end(item.value, disposer);
  }
  return !empty();
}

}  // namespace ebb
