// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/element_walk.h"

#include "storage/type_ops.h"

namespace ebb {
namespace {

// Whether it finds its elements by hash. One that does stays so, and its entry where it is.
bool HasTable(const Entry& entry) {
  return entry.encoding() == Encoding::kHashtable || entry.encoding() == Encoding::kSkiplist;
}

}  // namespace

ElementWalk::ElementWalk(Keyspace& keyspace, const Entry* entry,
                         std::span<const std::string_view> texts, size_t step)
    : keyspace_(keyspace),
      // A single element has been fetched ahead, or comes at once.
      fetched_(texts.size() > step && entry != nullptr && HasTable(*entry) ? entry : nullptr),
      texts_(texts),
      step_(step) {
  if (fetched_ != nullptr) Enter();
}

ElementWalk::~ElementWalk() {
  keyspace_.KnowElement({});
}

void ElementWalk::Next() {
  index_ += step_;
  if (fetched_ != nullptr && More()) Enter();
}

void ElementWalk::Enter() {
  if (index_ == end_) FetchGroup();
  keyspace_.KnowElement({text(), hashes_[(index_ - begin_) / step_]});
}

void ElementWalk::FetchGroup() {
  begin_ = index_;
  size_t count = 0;
  for (; count < kGroup && end_ < texts_.size(); end_ += step_) {
    hashes_[count++] = HashBytes(texts_[end_]);
  }
  const auto fetch = OpsOf(fetched_->type()).fetch_element;
  for (const FetchStage stage : {FetchStage::kPlace, FetchStage::kElement}) {
    for (size_t i = 0; i < count; ++i) fetch(*fetched_, hashes_[i], stage);
  }
}

}  // namespace ebb
