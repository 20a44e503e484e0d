// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <vector>

#include "tests/oracle/random.h"
#include "tests/oracle/vocabulary.h"

namespace ebb::oracle {

// What one round of a stream plays with. Rounds differ, so that some are about few keys and two
// commands, and others about everything.
struct Profile {
  std::vector<std::string> keys;
  std::vector<std::string> databases;  // for SELECT and its like
  // How long strings may get: where commands are said that take time and space by the product of
  // two lengths, not long; large means up to the servers' limit.
  enum class Size { kSmall, kMedium, kLarge } size = Size::kMedium;
  double edge = 0.1;      // how often an argument is one at the edge of what is allowed, or beyond
  double numbers = 0.15;  // how many of the texts are numbers
  bool expiring = false;  // keys that expire at once
  // Whether members of sorted sets all get one score: where they do not, ranges of texts are
  // nobody's promise.
  bool equal_scores = false;
  double misuse = 0.1;  // how often a command is spoilt: words missing, doubled, swapped
};

// The longest string, set on both servers, so that its limit is within reach.
inline constexpr int kProtoMaxBulkLen = 1024 * 1024;

// Values for arguments, by type and name.
class Pools {
 public:
  Pools(Random& random, const Profile& profile) : random_(random), profile_(profile) {}

  std::string ValueFor(const CommandModel& command, const Argument& argument);

  std::string Key();
  std::string Text();
  std::string Integer();
  std::string EdgeInteger();
  std::string Float();
  std::string Pattern();
  // Anything at all.
  std::string Edge();

  // Far from now on either side, so that nothing expires while it is compared.
  std::string Expiry(const std::string& unit);

 private:
  bool large() const { return profile_.size == Profile::Size::kLarge; }
  std::string ByName(const CommandModel& command, const Argument& argument);
  std::string Offset(const CommandModel& command);
  std::string LongText(size_t size);
  std::string VeryLongText();
  std::string TextBound();
  std::string AnyBound();
  std::string OfPlaces(const Argument& argument);
  std::string OfZsets(const CommandModel& command, const Argument& argument);

  Random& random_;
  const Profile& profile_;
};

}  // namespace ebb::oracle
