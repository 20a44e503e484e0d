// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "storage/encodings/listpack.h"

// Scores as elements of a listpack: whole numbers as integers, the others as the shortest text that
// reads back as the same number. The zero below zero becomes the other one, as in Redis.
namespace ebb {

// Whether a score is an integer there. The limit is Redis's, which ZSCAN shows.
inline bool IsWholeScore(double score) {
  return std::fabs(score) <= 0x1p62 && score == std::trunc(score);
}

class ScoreText {
 public:
  explicit ScoreText(double score) {
    char* const end = text_ + sizeof text_;
    if (IsWholeScore(score)) {
      size_ =
          static_cast<size_t>(std::to_chars(text_, end, static_cast<int64_t>(score)).ptr - text_);
    } else {
      size_ = static_cast<size_t>(std::to_chars(text_, end, score).ptr - text_);
    }
  }

  std::string_view view() const { return {text_, size_}; }

 private:
  char text_[32];
  size_t size_;
};

inline double ReadScore(const ListpackElement& element) {
  if (element.is_integer()) return static_cast<double>(element.integer());
  const std::string_view text = element.text();
  double score = 0;
  std::from_chars(text.data(), text.data() + text.size(), score);
  return score;
}

}  // namespace ebb
