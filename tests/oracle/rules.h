// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/vocabulary.h"
#include "tests/oracle/wire.h"

namespace ebb::oracle {

// How two replies are compared. Errors always have to be the same text.
enum class Comparison {
  kExact,
  kUnordered,  // the elements of the outermost aggregate in any order
  kShape,      // kinds and numbers of elements, not texts and numbers
  kKind,       // the outermost kind
  kNear,       // numbers that follow from the clock: TTL and its like
  kCollated,   // a text counts up to a NUL
  kDrawn,      // random elements of what is there: shapes first, then see draws.h
  kScan,       // cursors are each server's own affair; the whole iteration has to give the same set
};

// A command, or with a trailing * all whose names begin so.
struct Rule {
  std::string_view command;
  Comparison comparison;
  std::string_view reason;
};

// A command that is not in the streams.
struct Exclusion {
  std::string_view command;
  std::string_view reason;
};

// A difference that is meant. Both texts are what Describe() gives, as regular expressions that
// have to match as a whole.
struct MeantDifference {
  std::string_view command;
  std::string_view reference;
  std::string_view ebb;
  std::string_view reason;
};

std::span<const MeantDifference> MeantDifferences();  // differences.cc

// Why the command is not in the streams; empty when it is.
std::string_view WhyExcluded(const CommandModel& command);

// The rule for a command, null (unknown commands) included.
Comparison ComparisonFor(const CommandModel* command);

// Whether they are the same but for zeros of ours that are minus zero in the reference server: a
// small sorted set (a listpack) does not keep the sign, one that SORT has converted there does.
bool SameButMinusZeros(const Value& reference, const Value& ebb);

// Whether the replies agree as far as the two servers promise the same. With kScan, cursors are
// taken to agree, with kDrawn what is drawn.
bool Agree(const CommandModel* command, const Value& reference, const Value& ebb);

// The same for EXEC: an array with the reply of each command.
bool AgreeEach(const std::vector<const CommandModel*>& commands, const Value& reference,
               const Value& ebb);

// What kind of difference this is: the same text for differences that probably have one cause.
std::string ClassOf(const CommandModel* command, const Value& reference, const Value& ebb);

}  // namespace ebb::oracle
