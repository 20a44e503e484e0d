// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/shedding.h"

namespace ebb {

Shedding::~Shedding() {
  for (const Item& item : values_) item.work->end(item.value, disposer_);
}

void Shedding::Add(Value* value, const Work& work) {
  Retain(value);
  values_.push_back({value, &work});
}

bool Shedding::Step() {
  if (empty()) return false;
  const Item item = values_.back();
  // What only this refers to is not worth the trouble.
  if (item.value->sole() || !item.work->step(item.value, disposer_)) {
    values_.pop_back();
    item.work->end(item.value, disposer_);
  }
  return !empty();
}

}  // namespace ebb
