// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/key_walk.h"

#include <span>

#include "server/engine.h"

namespace ebb {

KeyWalk::KeyWalk(Call& call, size_t step) : call_(call), step_(step) {
  if (several()) Enter();
}

KeyWalk::~KeyWalk() {
  call_.engine.look_ahead().End();
}

void KeyWalk::Next() {
  index_ += step_;
  if (several() && More()) Enter();
}

void KeyWalk::Enter() {
  if (index_ == end_) FetchGroup();
  call_.engine.look_ahead().Know({key(), hashes_[(index_ - begin_) / step_]});
}

void KeyWalk::FetchGroup() {
  begin_ = index_;
  size_t count = 0;
  for (; count < hashes_.size() && end_ < call_.args.size(); end_ += step_) {
    hashes_[count++] = HashBytes(call_.args[end_]);
  }
  LookAhead::Fetch(call_.db(), std::span(hashes_).first(count));
}

}  // namespace ebb
