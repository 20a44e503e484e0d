// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/element_walk.h"

#include "storage/type_ops.h"

namespace ebb {

ElementWalk::ElementWalk(Keyspace& keyspace, const Entry* entry, const KeyWriter* writer,
                         std::span<const std::string_view> texts, Places places)
    : keyspace_(keyspace),
      entry_(entry),
      writer_(writer),
      texts_(texts),
      first_(places.first),
      step_(places.step),
      index_(first_),
      begin_(first_),
      end_(first_) {
  if (several()) Enter();
}

ElementWalk::~ElementWalk() {
  keyspace_.KnowElement({});
}

void ElementWalk::Next() {
  index_ += step_;
  if (several() && More()) Enter();
}

void ElementWalk::Enter() {
  if (index_ == end_) BeginGroup();
  if (hashed_ > 0) keyspace_.KnowElement({text(), hashes_[(index_ - begin_) / step_]});
}

void ElementWalk::BeginGroup() {
  begin_ = index_;
  end_ = index_ + kGroup * step_;
  hashed_ = 0;
  const Entry* const entry = writer_ != nullptr ? writer_->entry() : entry_;
  if (entry == nullptr || !FindsByHash(*entry)) return;
  for (size_t at = begin_; at < end_ && at < texts_.size(); at += step_) {
    hashes_[hashed_++] = HashBytes(texts_[at]);
  }
  const auto fetch = OpsOf(entry->type()).fetch_element;
  for (const FetchStage stage : {FetchStage::kPlace, FetchStage::kElement}) {
    for (size_t i = 0; i < hashed_; ++i) fetch(*entry, hashes_[i], stage);
  }
}

}  // namespace ebb
