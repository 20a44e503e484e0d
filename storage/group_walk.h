// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/hash.h"

namespace ebb {

// Goes through texts that are looked for by their hashes, texts[first], texts[first + step] and so
// on to the end, and has what they will find fetched by groups: all of a group at the same time
// instead of one after the other. The hashes that this took serve the searches, too.
//
// `Target` is where they are looked for:
//   bool FindsByHash() const;                       // asked for each group
//   void Fetch(std::span<const uint64_t> hashes);   // the group's
//   void Know(const KnownHash& known);              // the present text's; at the end none
//
// A single text is not hashed: it has been fetched ahead, or comes at once.
//
// Ownership: `texts`, and what those that it has not come to yet say, outlive it.
template <typename Target>
class GroupWalk {
 public:
  // So many are fetched together.
  static constexpr size_t kGroup = 16;

  // Which texts are looked for.
  struct Places {
    size_t first = 0;
    size_t step = 1;
  };

  GroupWalk(const GroupWalk&) = delete;
  GroupWalk& operator=(const GroupWalk&) = delete;

  bool More() const { return index_ < texts_.size(); }

  void Next() {
    index_ += step_;
    if (several_ && More()) Enter();
  }

  // Where in the texts the present one is, and what it says. REQUIRES: More().
  size_t index() const { return index_; }
  std::string_view text() const { return texts_[index_]; }

 protected:
  GroupWalk(const Target& target, std::span<const std::string_view> texts, Places places)
      : target_(target),
        texts_(texts),
        step_(places.step),
        several_(texts.size() > places.first + places.step),
        index_(places.first),
        begin_(places.first),
        end_(places.first) {
    if (several_) Enter();
  }
  ~GroupWalk() { target_.Know({}); }

 private:
  void Enter() {
    if (index_ == end_) BeginGroup();
    if (hashed_ > 0) target_.Know({text(), hashes_[(index_ - begin_) / step_]});
  }

  void BeginGroup() {
    begin_ = index_;
    end_ = begin_ + kGroup * step_;
    hashed_ = 0;
    if (!target_.FindsByHash()) return;
    for (size_t at = begin_; at < std::min(end_, texts_.size()); at += step_) {
      hashes_[hashed_++] = HashBytes(texts_[at]);
    }
    target_.Fetch(std::span(hashes_).first(hashed_));
  }

  Target target_;
  const std::span<const std::string_view> texts_;
  const size_t step_;
  const bool several_;
  size_t index_;
  size_t begin_;       // the present group's first text
  size_t end_;         // and the first after it
  size_t hashed_ = 0;  // how many of the group have hashes: all or none
  std::array<uint64_t, kGroup> hashes_;
};

}  // namespace ebb
