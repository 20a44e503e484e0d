// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/command_syntax.h"
#include "storage/random.h"

namespace ebb::fuzz {

// The language of the inputs of fuzz_commands. A line is a command as it could be typed, or an
// instruction:
//
//   SET k1 "a\x00b" EX 10
//   @client 1       the lines that follow come from client 1 (0 at the start)
//   @pass 1500      so many milliseconds pass
//   @cron           the regular work is done
//
// As an argument @x40000 stands for forty thousand x.
//
// The words come from the command table: a command that is in it is in the inputs, with the
// arguments of its `syntax`.
class CommandLines {
 public:
  CommandLines();

  // A line, without its end; most are commands that are right, some are not.
  std::string Random(RandomGenerator& random) const;

  // `input` with a line more, less or twice, in another place, or with another word in it.
  std::string Mutate(std::string_view input, RandomGenerator& random) const;

 private:
  struct Entry {
    std::vector<std::string> words;
    std::vector<ArgumentDoc> arguments;
  };
  using Words = std::vector<std::string>;

  void CollectTokens(const std::vector<ArgumentDoc>& arguments);
  void Add(const ArgumentDoc& argument, RandomGenerator& random, Words* words) const;
  void AddOnce(const ArgumentDoc& argument, bool with_token, RandomGenerator& random,
               Words* words) const;
  std::string Value(const ArgumentDoc& argument, RandomGenerator& random) const;
  std::string AnyValue(RandomGenerator& random) const;
  void Disturb(RandomGenerator& random, Words* words) const;

  std::vector<Entry> commands_;
  std::vector<std::string> tokens_;
  std::vector<std::string> options_;
};

}  // namespace ebb::fuzz
