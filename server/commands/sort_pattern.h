// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/keyspace.h"
#include "storage/type.h"
#include "storage/types/hash.h"
#include "storage/types/string.h"

namespace ebb {

// What SORT's BY and GET name: a string whose key depends on an element ("weight_*"), a field of a
// hash at such a key ("user_*->name"), or the element itself ("#"). The first star stands for the
// element. Star and arrow count up to a NUL.
class SortPattern {
 public:
  explicit SortPattern(std::string_view text);

  // Whether elements make a difference; nothing is found without a star, but by "#".
  bool has_star() const { return has_star_; }

  // Calls `use(std::string_view)` with what is found for `element`; false when there is nothing.
  // Reads keys, and so may remove some whose time has come.
  template <typename Use>
  bool Find(Keyspace& db, std::string_view element, Use&& use) {
    if (is_element_) {
      use(element);
      return true;
    }
    const Entry* entry = has_star_ ? db.Read(KeyFor(element)) : nullptr;
    if (entry == nullptr) return false;
    if (field_.empty()) {
      if (entry->type() != Type::kString) return false;
      use(StringView(*entry).view());
      return true;
    }
    if (entry->type() != Type::kHash) return false;
    const std::optional<HashText> value = FindField(*entry, field_);
    if (!value) return false;
    HashText::Digits digits;
    use(value->View(digits));
    return true;
  }

 private:
  // Valid until the next call.
  std::string_view KeyFor(std::string_view element);

  bool is_element_;
  bool has_star_;
  std::string_view prefix_;
  std::string_view suffix_;
  std::string_view field_;  // empty: none
  std::string key_;
};

}  // namespace ebb
