// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/vocabulary.h"

namespace ebb::oracle {

// For commands whose arguments the documentation does not tell, or that must not be given any: what
// may stand behind the command's words. <key>, <text> and <integer> stand for values. Empty for all
// others.
const std::vector<Argv>& TemplatesFor(const std::string& command);

// Commands that undo what CONFIG SET of a template may have changed.
const std::vector<Argv>& ConfigurationReset();

// The least time to live that is refused: it ends beyond all times that can be said.
inline constexpr std::chrono::milliseconds kRefusedLife =
    std::chrono::milliseconds::max() - std::chrono::hours(24 * 365);

// How soon the command lets a key expire, when that is in the future and hangs on the moment it is
// executed.
std::optional<std::chrono::milliseconds> ExpiresIn(const CommandModel& command, const Argv& argv);

}  // namespace ebb::oracle
