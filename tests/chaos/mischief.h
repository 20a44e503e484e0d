// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <vector>

#include "tests/oracle/random.h"
#include "tests/oracle/wire.h"

namespace ebb::chaos {

// Commands that the oracle cannot say, for it compares replies one by one: they wait, bring
// messages, disturb other clients, change the server's options, or concern what Ebb alone has.
// Besides, values far larger than the oracle's.
class Mischief {
 public:
  explicit Mischief(oracle::Random& random) : random_(random) {}

  oracle::Argv Command();

  // CONFIG SET with the value that each option which Command changes has before and afterwards.
  static oracle::Argv Settle();

 private:
  oracle::Argv ConfigSet();
  void Fill(const std::string& word, oracle::Argv* argv);
  std::string Number();
  std::string LongText();

  oracle::Random& random_;
};

}  // namespace ebb::chaos
