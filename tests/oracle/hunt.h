// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/duel.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/shrink.h"

namespace ebb::oracle {

struct HuntOptions {
  StreamOptions stream;
  uint64_t commands = 1000000;
  uint64_t talks = 2000;          // with broken protocol
  std::optional<uint64_t> round;  // this one alone
  int protocol = 0;               // 2 or 3; 0: half of the clients each
  uint64_t differences = 100;     // end after so many
  uint64_t shrink_milliseconds = 5000;
};

// Looks for differences and tells them on standard output, each once, with the shortest stream that
// shows it.
class Hunt {
 public:
  Hunt(Duel& duel, HuntOptions options);

  // True when nothing differed.
  bool Run();

 private:
  void CompareTables();
  uint64_t RunRound(uint64_t number);
  void RunTalks();
  void ReportTalk(uint64_t number, std::vector<std::string> pieces);
  bool Report(uint64_t round, const std::vector<Step>& steps, const Difference& difference);
  std::string KeyOf(const Finding& finding) const;
  bool IsFull() const { return found_.size() >= options_.differences; }
  void PrintSteps(const std::vector<Step>& steps) const;
  bool IsResp3(int client) const;

  Duel& duel_;
  const HuntOptions options_;
  const Generator generator_;
  std::set<std::string> known_;  // kinds that need not be looked at again
  std::set<std::string> found_;
  uint64_t said_ = 0;
  uint64_t seen_ = 0;
};

}  // namespace ebb::oracle
