// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/intset.h"

#include <cstring>
#include <limits>

namespace ebb {
namespace {

template <typename T>
int64_t LoadAs(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
void StoreAs(char* at, int64_t value) {
  const auto narrow = static_cast<T>(value);
  std::memcpy(at, &narrow, sizeof narrow);
}

template <typename T>
bool Fits(int64_t value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

}  // namespace

bool Intset::IsValid(std::string_view bytes) {
  if (bytes.empty()) return true;
  const Intset set(bytes);
  const size_t width = set.width();
  if (width != 2 && width != 4 && width != 8) return false;
  if ((bytes.size() - kHeadSize) % width != 0) return false;
  for (size_t i = 1; i < set.Count(); ++i) {
    if (set.At(i - 1) >= set.At(i)) return false;
  }
  return true;
}

int64_t Intset::At(size_t index) const {
  const char* at = bytes_.data() + kHeadSize + index * width();
  switch (width()) {
    case 2:
      return LoadAs<int16_t>(at);
    case 4:
      return LoadAs<int32_t>(at);
    default:
      return LoadAs<int64_t>(at);
  }
}

Intset::Place Intset::Find(int64_t value) const {
  size_t low = 0;
  size_t high = Count();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const int64_t there = At(middle);
    if (there == value) return {middle, true};
    if (there < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return {low, false};
}

size_t IntsetWidth(int64_t value) {
  return Fits<int16_t>(value) ? 2 : Fits<int32_t>(value) ? 4 : 8;
}

void WriteIntsetAt(char* bytes, size_t index, int64_t value) {
  const auto width = static_cast<size_t>(static_cast<uint8_t>(bytes[0]));
  char* at = bytes + Intset::kHeadSize + index * width;
  switch (width) {
    case 2:
      return StoreAs<int16_t>(at, value);
    case 4:
      return StoreAs<int32_t>(at, value);
    default:
      return StoreAs<int64_t>(at, value);
  }
}

void WriteWider(const Intset& from, size_t width, char* to) {
  *to = static_cast<char>(width);
  for (size_t i = 0; i < from.Count(); ++i) WriteIntsetAt(to, i, from.At(i));
}

}  // namespace ebb
