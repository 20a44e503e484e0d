// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace ebb::hll {
namespace {

constexpr std::string_view kMagic = "HYLL";
constexpr size_t kFormAt = 4;
constexpr size_t kCountAt = 8;
constexpr uint64_t kOutOfDate = uint64_t{1} << 63;

constexpr char kDense = 0;
constexpr char kSparse = 1;

constexpr unsigned kIndexBits = 14;
constexpr unsigned kHashBits = 64 - kIndexBits;  // those that count zeros
constexpr unsigned kRegisterBits = 6;
constexpr uint8_t kRegisterMax = (1 << kRegisterBits) - 1;

// What a run can say.
constexpr uint8_t kMaxRunValue = 32;
constexpr size_t kMaxValueRun = 4;
constexpr size_t kMaxShortZeros = 64;

uint64_t LoadLittle(const char* bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i > 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

// A. Appleby's MurmurHash64A, with the seed that Redis chose.
uint64_t Hash(std::string_view text) {
  constexpr uint64_t kSeed = 0xadc83b19;
  constexpr uint64_t kFactor = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  uint64_t hash = kSeed ^ (text.size() * kFactor);
  for (; text.size() >= 8; text.remove_prefix(8)) {
    uint64_t word = LoadLittle(text.data(), 8) * kFactor;
    word = (word ^ (word >> kShift)) * kFactor;
    hash = (hash ^ word) * kFactor;
  }
  if (!text.empty()) hash = (hash ^ LoadLittle(text.data(), text.size())) * kFactor;
  hash = (hash ^ (hash >> kShift)) * kFactor;
  return hash ^ (hash >> kShift);
}

// Three bytes hold four registers.
constexpr size_t kGroup = 4;
constexpr size_t kGroupBytes = 3;

void Unpack(const char* group, uint8_t* registers) {
  const uint64_t bits = LoadLittle(group, kGroupBytes);
  for (size_t i = 0; i < kGroup; ++i) registers[i] = (bits >> (kRegisterBits * i)) & kRegisterMax;
}

void Pack(const uint8_t* registers, char* group) {
  uint32_t bits = 0;
  for (size_t i = 0; i < kGroup; ++i) bits |= uint32_t{registers[i]} << (kRegisterBits * i);
  for (size_t i = 0; i < kGroupBytes; ++i) group[i] = static_cast<char>(bits >> (8 * i));
}

// Calls `visit(registers)` for each four of a dense one.
template <typename Visit>
void ForEachGroup(std::string_view bytes, Visit&& visit) {
  uint8_t registers[kGroup];
  for (size_t at = kHeaderSize; at < kDenseSize; at += kGroupBytes) {
    Unpack(bytes.data() + at, registers);
    visit(registers);
  }
}

// Registers beside each other that are equal.
struct Run {
  uint8_t value;
  size_t length;
  size_t bytes;  // that it takes
};

// The run at `at`. REQUIRES: at < bytes.size().
Run RunAt(std::string_view bytes, size_t at) {
  const auto head = static_cast<uint8_t>(bytes[at]);
  if (head & 0x80) {
    return {static_cast<uint8_t>((head >> 2 & 0x1f) + 1), (head & 0x3u) + 1u, 1};
  }
  const size_t low = head & 0x3f;
  if ((head & 0x40) == 0) return {0, low + 1, 1};
  // A missing byte reads as zero; the run then ends behind the end.
  const size_t next = at + 1 < bytes.size() ? static_cast<uint8_t>(bytes[at + 1]) : 0;
  return {0, (low << 8 | next) + 1, 2};
}

// Calls `visit(run, index of its first register)` for each run; answers whether they make up all
// registers. Ends before one that would go beyond.
template <typename Visit>
bool ForEachRun(std::string_view bytes, Visit&& visit) {
  size_t index = 0;
  for (size_t at = kHeaderSize; at < bytes.size();) {
    const Run run = RunAt(bytes, at);
    if (run.length > kRegisters - index) return false;
    visit(run, index);
    index += run.length;
    at += run.bytes;
  }
  return index == kRegisters;
}

// A few runs as bytes: what takes the place of one.
class RunWriter {
 public:
  // REQUIRES: a value, if not 0, and its length are such as a run can say.
  void Add(uint8_t value, size_t length) {
    if (length == 0) return;
    if (value > 0) {
      Put(0x80 | (value - 1u) << 2 | (length - 1));
    } else if (length <= kMaxShortZeros) {
      Put(length - 1);
    } else {
      Put(0x40 | (length - 1) >> 8);
      Put((length - 1) & 0xff);
    }
  }
  std::string_view view() const { return {bytes_, size_}; }

 private:
  void Put(size_t byte) { bytes_[size_++] = static_cast<char>(byte); }

  char bytes_[5];
  size_t size_ = 0;
};

// Joins runs of equal values, looking at five runs from `at` on.
void JoinRuns(std::string* bytes, size_t at) {
  for (int left = 5; left > 0 && at < bytes->size(); --left) {
    const Run run = RunAt(*bytes, at);
    if (run.value > 0 && at + 1 < bytes->size()) {
      const Run next = RunAt(*bytes, at + 1);
      if (next.value == run.value && run.length + next.length <= kMaxValueRun) {
        RunWriter joined;
        joined.Add(run.value, run.length + next.length);
        bytes->replace(at, 2, joined.view());
        continue;
      }
    }
    at += run.bytes;
  }
}

Raised RaiseAsDense(std::string* bytes, Mark mark) {
  if (!MakeDense(bytes)) return Raised::kCorrupt;
  return RaiseDense(bytes->data(), mark);
}

Raised RaiseSparse(std::string* bytes, Mark mark, size_t max_sparse_bytes) {
  if (mark.value > kMaxRunValue) return RaiseAsDense(bytes, mark);
  size_t at = kHeaderSize;
  size_t before = kHeaderSize;  // where the run in front of it is
  size_t first = 0;
  Run run{};
  for (; at < bytes->size(); at += run.bytes) {
    run = RunAt(*bytes, at);
    if (mark.index < first + run.length) break;
    before = at;
    first += run.length;
  }
  if (at >= bytes->size()) return Raised::kCorrupt;
  if (run.value >= mark.value) return Raised::kNo;

  RunWriter runs;
  runs.Add(run.value, mark.index - first);
  runs.Add(mark.value, 1);
  runs.Add(run.value, first + run.length - 1 - mark.index);
  const size_t size = bytes->size() - run.bytes + runs.view().size();
  if (size > bytes->size() && size > max_sparse_bytes) return RaiseAsDense(bytes, mark);
  bytes->replace(at, run.bytes, runs.view());
  JoinRuns(bytes, before);
  ForgetCount(bytes->data());
  return Raised::kYes;
}

// How many registers have each value.
using Histogram = std::array<size_t, kRegisterMax + 1>;

// Ertl's sigma and tau: what registers that are 0, and those that could not be higher, add.
double Sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double factor = 1;
  double sum = x;
  for (double last = -1; sum != last;) {
    x *= x;
    last = sum;
    sum += x * factor;
    factor += factor;
  }
  return sum;
}

double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double factor = 1;
  double sum = 1 - x;
  for (double last = -1; sum != last;) {
    x = std::sqrt(x);
    last = sum;
    factor *= 0.5;
    sum -= (1 - x) * (1 - x) * factor;
  }
  return sum / 3;
}

uint64_t Estimate(const Histogram& histogram) {
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  constexpr double kCount = kRegisters;
  double sum = kCount * Tau((kCount - static_cast<double>(histogram[kHashBits + 1])) / kCount);
  for (size_t value = kHashBits; value >= 1; --value) {
    sum = (sum + static_cast<double>(histogram[value])) * 0.5;
  }
  sum += kCount * Sigma(static_cast<double>(histogram[0]) / kCount);
  return static_cast<uint64_t>(std::llround(kAlpha * kCount * kCount / sum));
}

}  // namespace

bool IsValid(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kMagic)) return false;
  const char form = bytes[kFormAt];
  return form == kSparse || (form == kDense && bytes.size() == kDenseSize);
}

bool IsDense(std::string_view bytes) {
  return bytes[kFormAt] == kDense;
}

std::string Empty() {
  std::string bytes(kHeaderSize, '\0');
  bytes.replace(0, kMagic.size(), kMagic);
  bytes[kFormAt] = kSparse;
  RunWriter runs;
  runs.Add(0, kRegisters);
  return bytes.append(runs.view());
}

std::optional<uint64_t> KeptCount(std::string_view bytes) {
  const uint64_t count = LoadLittle(bytes.data() + kCountAt, sizeof count);
  if (count & kOutOfDate) return std::nullopt;
  return count;
}

void KeepCount(char* bytes, uint64_t count) {
  for (size_t i = 0; i < sizeof count; ++i) {
    bytes[kCountAt + i] = static_cast<char>(count >> (8 * i));
  }
}

void ForgetCount(char* bytes) {
  bytes[kHeaderSize - 1] |= static_cast<char>(kOutOfDate >> 56);
}

std::optional<uint64_t> Count(std::string_view bytes) {
  Histogram histogram{};
  if (IsDense(bytes)) {
    ForEachGroup(bytes, [&](const uint8_t* registers) {
      for (size_t i = 0; i < kGroup; ++i) ++histogram[registers[i]];
    });
  } else if (!ForEachRun(bytes,
                         [&](const Run& run, size_t) { histogram[run.value] += run.length; })) {
    return std::nullopt;
  }
  return Estimate(histogram);
}

uint64_t Count(const Registers& registers) {
  Histogram histogram{};
  for (const uint8_t value : registers) ++histogram[value];
  return Estimate(histogram);
}

bool Merge(std::string_view bytes, Registers* registers) {
  if (!IsDense(bytes)) {
    return ForEachRun(bytes, [&](const Run& run, size_t index) {
      if (run.value == 0) return;
      for (size_t i = index; i < index + run.length; ++i) {
        (*registers)[i] = std::max((*registers)[i], run.value);
      }
    });
  }
  uint8_t* to = registers->data();
  ForEachGroup(bytes, [&to](const uint8_t* from) {
    for (size_t i = 0; i < kGroup; ++i, ++to) *to = std::max(*to, from[i]);
  });
  return true;
}

Mark MarkOf(std::string_view element) {
  const uint64_t hash = Hash(element);
  // A bit behind the last ends the zeros.
  const uint64_t rest = hash >> kIndexBits | uint64_t{1} << kHashBits;
  return {static_cast<size_t>(hash & (kRegisters - 1)),
          static_cast<uint8_t>(std::countr_zero(rest) + 1)};
}

Raised RaiseDense(char* bytes, Mark mark) {
  char* group = bytes + kHeaderSize + mark.index / kGroup * kGroupBytes;
  uint8_t registers[kGroup];
  Unpack(group, registers);
  uint8_t& value = registers[mark.index % kGroup];
  if (value >= mark.value) return Raised::kNo;
  value = mark.value;
  Pack(registers, group);
  return Raised::kYes;
}

Raised Raise(std::string* bytes, Mark mark, size_t max_sparse_bytes) {
  return IsDense(*bytes) ? RaiseDense(bytes->data(), mark)
                         : RaiseSparse(bytes, mark, max_sparse_bytes);
}

bool MakeDense(std::string* bytes) {
  if (IsDense(*bytes)) return true;
  Registers registers{};
  if (!Merge(*bytes, &registers)) return false;
  bytes->resize(kDenseSize);
  (*bytes)[kFormAt] = kDense;
  for (size_t i = 0; i < kRegisters / kGroup; ++i) {
    Pack(&registers[i * kGroup], bytes->data() + kHeaderSize + i * kGroupBytes);
  }
  return true;
}

std::string DescribeRuns(std::string_view bytes) {
  std::string text;
  for (size_t at = kHeaderSize; at < bytes.size();) {
    const Run run = RunAt(bytes, at);
    if (!text.empty()) text += ' ';
    if (run.value > 0) {
      text += "v:" + std::to_string(run.value) + "," + std::to_string(run.length);
    } else {
      text += (run.bytes == 1 ? "z:" : "Z:") + std::to_string(run.length);
    }
    at += run.bytes;
  }
  return text;
}

}  // namespace ebb::hll
