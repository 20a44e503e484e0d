// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/sort_pattern.h"

namespace ebb {

SortPattern::SortPattern(std::string_view text) {
  constexpr std::string_view kArrow = "->";
  constexpr size_t kNone = std::string_view::npos;
  const std::string_view searched = text.substr(0, text.find('\0'));
  const size_t star = searched.find('*');
  is_element_ = searched == "#";
  has_star_ = star != kNone;
  if (!has_star_) return;
  prefix_ = text.substr(0, star);
  suffix_ = text.substr(star + 1);
  // An arrow with nothing behind it belongs to the key.
  const size_t arrow = searched.find(kArrow, star + 1);
  if (arrow == kNone || arrow + kArrow.size() == searched.size()) return;
  suffix_ = text.substr(star + 1, arrow - star - 1);
  field_ = text.substr(arrow + kArrow.size());
}

std::string_view SortPattern::KeyFor(std::string_view element) {
  key_.assign(prefix_);
  key_ += element;
  key_ += suffix_;
  return key_;
}

}  // namespace ebb
