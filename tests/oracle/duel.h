// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/generator.h"
#include "tests/oracle/link.h"
#include "tests/oracle/tables.h"
#include "tests/oracle/vocabulary.h"
#include "tests/support/server_process.h"

namespace ebb::oracle {

// Something on which the servers do not agree.
struct Difference {
  std::string kind;  // differences of one kind probably have one cause
  size_t step = 0;   // of the stream; its length when only the content differs
  std::string reference;
  std::string ebb;
};

// The reference server and Ebb, both of this process, and the clients that say the same to both.
class Duel {
 public:
  // `protocol`: 2 or 3 for all clients, 0 for half of them each.
  explicit Duel(int protocol);

  const Vocabulary& vocabulary() const { return *vocabulary_; }

  // Whether a difference ends the run. One that does not lets it go on, unless the contents differ
  // from then on.
  using Filter = std::function<bool(const Difference&)>;

  // Says all steps to both, from empty servers and new clients, then compares the contents. The
  // first difference that `wanted` likes.
  std::optional<Difference> Run(const std::vector<Step>& steps, const Filter& wanted);

  // Compares the command tables, without texts.
  std::vector<TableDifference> CompareCommandTables();

  // Commands that were said to both so far.
  uint64_t commands() const { return commands_; }

  // Ends both servers; false when one of them had ended by itself or ends badly, which is told on
  // standard error.
  bool Stop();

 private:
  struct Side {
    explicit Side(const std::string& program);
    test::ServerProcess process;
    std::unique_ptr<Link> control;
    std::vector<Link> clients;
  };

  void Reset();
  void ResetSide(Side& side);
  void Connect(Side& side);
  // Lets the servers' clocks go on until what has just been set to expire at once is gone.
  void AwaitExpiry();
  bool LetsExpire(const Step& step) const;
  // Where the batch that begins at `from` ends.
  size_t BatchEnd(const std::vector<Step>& steps, size_t from) const;
  std::optional<Difference> RunBatch(const std::vector<Step>& steps, size_t from, size_t to,
                                     const Filter& wanted, bool* diverged);
  std::optional<Difference> RunScan(const Step& step, size_t index, const Value& reference,
                                    const Value& ebb);
  std::optional<Difference> CompareContent(const std::vector<Step>& steps);

  const int protocol_;
  Side reference_;
  Side ebb_;
  std::unique_ptr<Vocabulary> vocabulary_;
  uint64_t commands_ = 0;
};

}  // namespace ebb::oracle
