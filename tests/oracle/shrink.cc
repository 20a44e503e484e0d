// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/shrink.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ebb::oracle {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Shrinker {
 public:
  Shrinker(Duel& duel, std::vector<Step> steps, const Difference& difference, milliseconds limit)
      : duel_(duel), best_{difference, std::move(steps)}, deadline_(steady_clock::now() + limit) {}

  Finding Shrunk() {
    // What stands behind the difference has no part in it.
    std::vector<Step> steps = best_.steps;
    steps.resize(std::min(steps.size(), best_.difference.step + 1));
    if (!Shows(steps) && !Shows(best_.steps)) {
      best_.repeatable = false;
      return best_;
    }
    // Most differences need nothing of what was said before.
    if (steps.size() > 1 && steps.size() == best_.steps.size()) Shows({steps.back()});
    DropSteps();
    SimplifySteps();
    DropSteps();
    return best_;
  }

 private:
  bool Shows(const std::vector<Step>& steps) {
    const auto found = duel_.Run(
        steps, [&](const Difference& other) { return other.kind == best_.difference.kind; });
    if (!found.has_value()) return false;
    best_.steps = steps;
    best_.difference = *found;
    return true;
  }

  bool TimeIsUp() const { return steady_clock::now() >= deadline_; }

  // Blocks of half the length first, then ever smaller ones, from the end.
  void DropSteps() {
    for (size_t block = std::max<size_t>(best_.steps.size() / 2, 1); block > 0; block /= 2) {
      for (size_t end = best_.steps.size(); end > 0 && !TimeIsUp();) {
        const size_t begin = end - std::min(block, end);
        std::vector<Step> fewer = best_.steps;
        fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(begin),
                    fewer.begin() + static_cast<ptrdiff_t>(end));
        Shows(fewer);
        end = begin;
      }
    }
  }

  void SimplifySteps() {
    for (size_t i = 0; i < best_.steps.size() && !TimeIsUp(); ++i) {
      TryStep(i, [](Step& step) { step.client = 0; });
      TryStep(i, [](Step& step) { step.inlined = false; });
      for (size_t word = best_.steps[i].argv.size(); word-- > 1 && !TimeIsUp();) {
        if (!TryStep(i, [&](Step& step) {
              step.argv.erase(step.argv.begin() + static_cast<ptrdiff_t>(word));
            })) {
          ShortenWord(i, word);
        }
      }
    }
  }

  void ShortenWord(size_t step, size_t word) {
    constexpr size_t kShortEnough = 3;
    const bool is_number =
        best_.steps[step].argv[word].find_first_not_of("-0123456789") == std::string::npos;
    // A time that is far away has to stay so, or the servers' clocks would matter.
    if (is_number) return;
    const auto size = [&] { return best_.steps[step].argv[word].size(); };
    for (size_t cut = size() / 2; cut > 0 && size() > kShortEnough && !TimeIsUp();) {
      const auto shorter = [&](Step& changed) {
        changed.argv[word].resize(size() - std::min(cut, size()));
      };
      if (!TryStep(step, shorter)) cut /= 2;
    }
    if (size() > 1) {
      TryStep(step, [&](Step& changed) { changed.argv[word] = "1"; });
    }
  }

  template <typename Change>
  bool TryStep(size_t index, Change change) {
    std::vector<Step> changed = best_.steps;
    change(changed[index]);
    const Step& before = best_.steps[index];
    if (changed[index].argv == before.argv && changed[index].client == before.client &&
        changed[index].inlined == before.inlined) {
      return false;
    }
    return Shows(changed);
  }

  Duel& duel_;
  Finding best_;
  const steady_clock::time_point deadline_;
};

}  // namespace

Finding Shrink(Duel& duel, std::vector<Step> steps, const Difference& difference,
               milliseconds limit) {
  return Shrinker(duel, std::move(steps), difference, limit).Shrunk();
}

}  // namespace ebb::oracle
