// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "server/commands/element_texts.h"
#include "storage/element_walk.h"
#include "storage/encodings/listpack.h"
#include "storage/hash.h"
#include "storage/type_ops.h"

namespace ebb {

// Some elements of one collection on their way through others, so many at a time that what they are
// looked for in is fetched for all of them together (ElementWalk). `Item` is what is kept of each.
//
// Thread: engine thread. Lives within one call; what it views stays as it is.
template <typename Item>
class ElementGroup {
 public:
  explicit ElementGroup(Keyspace& keyspace) : keyspace_(keyspace) {}

  bool full() const { return count_ == kMost; }
  // REQUIRES: not full().
  void Add(const Item& item, const ListpackElement& element) {
    items_[count_] = item;
    texts_[count_] = element.View(digits_[count_]);
    ++count_;
  }

  // Those that are left, in the order in which they came.
  std::span<const Item> items() const { return std::span(items_).first(count_); }

  // Keeps those for which `keeps(Item&, std::string_view text, const KnownHash& known)` answers
  // true. `other` is where it will look for them: what that reads is fetched for all of them first.
  // Null where it looks nowhere.
  template <typename Keeps>
  void Filter(const Entry* other, Keeps&& keeps);

  void Clear() { count_ = 0; }

 private:
  static constexpr size_t kMost = ElementWalk::kGroup;

  Keyspace& keyspace_;
  size_t count_ = 0;
  std::array<Item, kMost> items_;
  std::array<std::string_view, kMost> texts_;
  std::array<ListpackElement::Digits, kMost> digits_;
};

template <typename Item>
template <typename Keeps>
void ElementGroup<Item>::Filter(const Entry* other, Keeps&& keeps) {
  size_t kept = 0;
  ElementWalk walk(keyspace_, other, std::span(texts_).first(count_));
  for (; walk.More(); walk.Next()) {
    const std::string_view text = walk.text();
    Item& item = items_[walk.index()];
    if (!keeps(item, text, keyspace_.known_element())) continue;
    items_[kept] = item;
    texts_[kept++] = text;
  }
  count_ = kept;
}

// Calls `visit(ElementGroup<Item>&)` for all that `walk(add)` adds, some at a time, until it
// answers false. `add(const Item&, const ListpackElement&)` answers whether the walk is to go on.
// The last group may be empty.
template <typename Item, typename Walk, typename Visit>
void ForEachGroup(Keyspace& keyspace, Walk&& walk, Visit&& visit) {
  ElementGroup<Item> group(keyspace);
  bool more = true;
  walk([&](const Item& item, const ListpackElement& element) {
    group.Add(item, element);
    if (!group.full()) return true;
    more = visit(group);
    group.Clear();
    return more;
  });
  if (more) visit(group);
}

// A union of up to so many collections is found by asking the others for what is in each; with
// more, or where one that is asked does not find by hash, what has been found is remembered. (Of
// eight sets of 200,000 each, with much in common, a union by asking takes half as long.)
inline constexpr size_t kMostAsked = 8;

// Whether to gather the `size` elements of `other` costs less than to ask it for `asked` elements.
// Measured: to gather one costs as much as to ask a table for a dozen.
inline bool GatheringPays(const Entry& other, size_t size, size_t asked) {
  return size <= asked / (FindsByHash(other) ? 12 : 2);
}

// Takes out of `found`, whose texts `text_of(item)` answers, what is in any of `others`, of which
// `walk(other, add)` calls `add(const ListpackElement&)` for each element. Elements are gathered
// until they are more than half as many as have been found: memory for these and for one of the
// others, time for all of the others and, once, for what has been found.
template <typename Other, typename Walk, typename Item, typename TextOf = std::identity>
void TakeOut(std::span<Other> others, Walk&& walk, std::vector<Item>* found, TextOf text_of = {}) {
  const size_t most = found->size() / 2;
  std::vector<std::string_view> gathered;
  ElementTexts texts;
  const auto take_out = [&] {
    const std::unordered_set<std::string_view, BytesHasher> out(gathered.begin(), gathered.end());
    std::erase_if(*found,
                  [&](const Item& item) { return out.contains(std::invoke(text_of, item)); });
    gathered.clear();
    texts.Clear();
  };
  for (const Other& other : others) {
    if (found->empty()) return;
    walk(other, [&](const ListpackElement& element) { gathered.push_back(texts.Of(element)); });
    if (gathered.size() > most) take_out();
  }
  if (!gathered.empty()) take_out();
}

}  // namespace ebb
