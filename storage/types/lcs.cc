// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/lcs.h"

#include <algorithm>
#include <cstring>

#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// One bit for each pair (i, j) of bytes: set where leaving out a's byte loses nothing but leaving
// out b's does.
class StepTable {
 public:
  StepTable(size_t a_size, size_t b_size)
      : row_bytes_(b_size / 8 + 1),
        size_(row_bytes_ * std::max<size_t>(a_size, 1)),
        steps_(static_cast<uint8_t*>(memory::TryAllocate(size_))) {
    if (steps_ != nullptr) std::memset(steps_, 0, size_);
  }
  ~StepTable() { memory::FreeAnySize(steps_, size_); }
  StepTable(const StepTable&) = delete;
  StepTable& operator=(const StepTable&) = delete;

  bool valid() const { return steps_ != nullptr; }
  void MarkA(size_t i, size_t j, bool step) {
    steps_[i * row_bytes_ + j / 8] |= static_cast<uint8_t>(step << (j % 8));
  }
  bool StepsInA(size_t i, size_t j) const {
    return (steps_[i * row_bytes_ + j / 8] >> (j % 8)) & 1;
  }

 private:
  const size_t row_bytes_;
  const size_t size_;
  uint8_t* const steps_;
};

// Fills in the lengths row by row, keeping one row: before its turn row[j + 1] is the length for (i
// - 1, j), after it for (i, j). `note(i, j, step)` hears where bytes differ whether the row above
// has the greater length.
template <typename Note>
uint32_t Fill(std::string_view a, std::string_view b, Note&& note) {
  std::vector<uint32_t> row(b.size() + 1, 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint32_t diagonal = 0;
    for (size_t j = 0; j < b.size(); ++j) {
      const uint32_t above = row[j + 1];
      if (a[i] == b[j]) {
        row[j + 1] = diagonal + 1;
      } else {
        note(i, j, above > row[j]);
        row[j + 1] = std::max(above, row[j]);
      }
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

uint32_t LcsLength(std::string_view a, std::string_view b) {
  return Fill(a, b, [](size_t, size_t, bool) {});
}

bool FindLcs(std::string_view a, std::string_view b, LcsResult* result) {
  StepTable steps(a.size(), b.size());
  if (!steps.valid()) return false;
  result->length = Fill(a, b, [&](size_t i, size_t j, bool step) { steps.MarkA(i, j, step); });
  result->text.resize(result->length);
  // Back from the end, along the steps; each run of matches ends at a step.
  size_t i = a.size();
  size_t j = b.size();
  size_t left = result->length;
  LcsMatch* run = nullptr;
  while (left > 0) {
    if (a[i - 1] == b[j - 1]) {
      --i;
      --j;
      result->text[--left] = a[i];
      if (run == nullptr) {
        run = &result->matches.emplace_back(LcsMatch{0, 0, 0});
      }
      *run = {static_cast<uint32_t>(i), static_cast<uint32_t>(j), run->size + 1};
    } else {
      run = nullptr;
      steps.StepsInA(i - 1, j - 1) ? --i : --j;
    }
  }
  return true;
}

}  // namespace ebb
