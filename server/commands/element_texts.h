// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <deque>
#include <string_view>

#include "storage/encodings/listpack.h"

namespace ebb {

// Texts of elements as views that stay: into their collection, but for integers, whose digits are
// here.
//
// Thread: engine thread. Views are valid until Clear, and until the collection is written.
class ElementTexts {
 public:
  std::string_view Of(const ListpackElement& element) {
    return element.is_integer() ? element.View(digits_.emplace_back().room) : element.text();
  }

  void Clear() { digits_.clear(); }

 private:
  struct Digits {
    ListpackElement::Digits room;
  };

  std::deque<Digits> digits_;
};

}  // namespace ebb
