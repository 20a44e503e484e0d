// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tests/oracle/link.h"

namespace ebb::oracle {

// What one server has answered to a command that draws at random, and the connection that it was
// said on.
struct Drawn {
  Link& link;
  Value reply;
};

// Whether the command takes out what it draws, so that the servers hold different things from then
// on. Between MULTI and EXEC it must not be said: what runs behind it would see that.
bool TakesAtRandom(const Argv& argv);

// Asks both what they hold and compares it with what they have drawn (Comparison::kDrawn; replies
// whose shapes agree, and no errors): each element has to be there, with its own value or score,
// and no more than once unless repeats were asked for; what is taken out has to be gone, and makes
// up the same set with what is left. Then the two hold the same again, which follows from what
// there was and not from chance. What is wrong on either side, or nothing.
std::optional<std::pair<std::string, std::string>> SettleDrawn(const Argv& argv,
                                                               const Drawn& reference,
                                                               const Drawn& ebb);

}  // namespace ebb::oracle
