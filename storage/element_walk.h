// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "storage/group_walk.h"
#include "storage/key_writer.h"
#include "storage/keyspace.h"

namespace ebb {

// The collection that an ElementWalk's elements are looked for in. What is being written may begin,
// or change its encoding, on the way.
class WalkedCollection {
 public:
  WalkedCollection(Keyspace& keyspace, const Entry* entry, const KeyWriter* writer)
      : keyspace_(keyspace), entry_(entry), writer_(writer) {}

  bool FindsByHash() const;
  void Fetch(std::span<const uint64_t> hashes) const;
  void Know(const KnownHash& known) const { keyspace_.KnowElement(known); }

 private:
  const Entry* entry() const { return writer_ != nullptr ? writer_->entry() : entry_; }

  Keyspace& keyspace_;
  const Entry* const entry_;  // null: there is none
  const KeyWriter* const writer_;
};

// Goes through elements that are looked for in one collection (GroupWalk). Where it finds them by
// hash, their memory is fetched: the places of all of a group's elements, then the elements. The
// searches know the hashes by Keyspace::known_element.
//
//   for (ElementWalk walk(keyspace, entry, fields); walk.More(); walk.Next()) {
//     FindField(*entry, walk.text(), keyspace.known_element());
//   }
//
// Measured with a hash of a million fields and HMGET of 64, sockets aside: 93 ns a field instead of
// 400.
//
// Thread: engine thread. While it lives the entry stays in the keyspace (elements may come and go),
// and there is no other walk.
class ElementWalk : public GroupWalk<WalkedCollection> {
 public:
  // In a collection that is not written; null: there is none.
  ElementWalk(Keyspace& keyspace, const Entry* entry, std::span<const std::string_view> texts)
      : GroupWalk({keyspace, entry, nullptr}, texts, {}) {}

  // In the one that is being written.
  ElementWalk(const KeyWriter& writer, std::span<const std::string_view> texts, Places places)
      : GroupWalk({writer.keyspace(), nullptr, &writer}, texts, places) {}
  ElementWalk(const KeyWriter& writer, std::span<const std::string_view> texts)
      : ElementWalk(writer, texts, {}) {}
};

}  // namespace ebb
