// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/work_slices.h"

#include <algorithm>

namespace ebb {

std::string_view NameOf(SliceKind kind) {
  static constexpr std::array<std::string_view, kSliceKinds> kNames = {
      "commands", "resumed", "cron", "expire", "defrag", "reclaim"};
  return kNames[static_cast<size_t>(kind)];
}

void WorkSlices::ReadCpu(int64_t now) {
  cpu_ns_ = time_.ThreadCpuNanoseconds();
  read_ns_ = now;
}

void WorkSlices::BeginAt(int64_t now) {
  begin_ns_ = now;
  if (now - read_ns_ >= kReadEveryNs) ReadCpu(now);
}

void WorkSlices::EndAt(SliceKind kind, int64_t now) {
  int64_t spent = now - begin_ns_;
  if (spent >= kReadEveryNs) {
    const int64_t before = cpu_ns_;
    ReadCpu(now);
    spent = std::min(spent, cpu_ns_ - before);
  }
  const auto nanoseconds = static_cast<uint64_t>(std::max<int64_t>(spent, 0));
  Figures& figures = figures_[static_cast<size_t>(kind)];
  ++figures.count;
  figures.total_ns += nanoseconds;
  if (nanoseconds > kLongNs) ++figures.over_1ms;
  figures.max_ns = std::max(figures.max_ns, nanoseconds);
  if (figures.durations == nullptr) figures.durations = std::make_unique<DurationHistogram>();
  figures.durations->Record(nanoseconds);
}

uint64_t WorkSlices::count() const {
  uint64_t sum = 0;
  for (const Figures& figures : figures_) sum += figures.count;
  return sum;
}

uint64_t WorkSlices::over_1ms() const {
  uint64_t sum = 0;
  for (const Figures& figures : figures_) sum += figures.over_1ms;
  return sum;
}

SliceKind WorkSlices::longest() const {
  const auto longest = std::max_element(
      figures_.begin(), figures_.end(),
      [](const Figures& one, const Figures& other) { return one.max_ns < other.max_ns; });
  return static_cast<SliceKind>(longest - figures_.begin());
}

}  // namespace ebb
