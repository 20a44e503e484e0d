// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/keyspace.h"

namespace ebb {

// Goes through the elements of one collection that a command names, texts[0], texts[step] and so on
// to the end. Where the collection finds its elements by hash, their memory is fetched by groups:
// the places of all of a group's elements at the same time, then the elements, instead of one after
// the other. The hashes that this took serve the searches, too (Keyspace::known_element).
//
//   for (ElementWalk walk(keyspace, entry, fields); walk.More(); walk.Next()) {
//     FindField(*entry, walk.text(), keyspace.known_element());
//   }
//
// Thread: engine thread. While it lives the texts stay what they are; elements may come and go.
class ElementWalk {
 public:
  // So many are fetched together.
  static constexpr size_t kGroup = 16;

  // `entry` is null where there is no collection.
  ElementWalk(Keyspace& keyspace, const Entry* entry, std::span<const std::string_view> texts,
              size_t step = 1);
  ~ElementWalk();
  ElementWalk(const ElementWalk&) = delete;
  ElementWalk& operator=(const ElementWalk&) = delete;

  bool More() const { return index_ < texts_.size(); }
  void Next();

  // Where in the texts the present element is, and what it says. REQUIRES: More().
  size_t index() const { return index_; }
  std::string_view text() const { return texts_[index_]; }

 private:
  void Enter();
  void FetchGroup();

  Keyspace& keyspace_;
  const Entry* const fetched_;  // the entry; null where there is nothing to be fetched
  const std::span<const std::string_view> texts_;
  const size_t step_;
  size_t index_ = 0;
  size_t begin_ = 0;  // the present group's first element
  size_t end_ = 0;    // and the first after it
  std::array<uint64_t, kGroup> hashes_;
};

}  // namespace ebb
