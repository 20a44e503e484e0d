// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// The commands of Redis 7.0 that Ebb does not have yet, by full name ("eval", "client|tracking").
std::vector<std::string_view> MissingCommands();

// What there is and what is missing, as the Markdown table of the README: a row for each group.
// `ebb-server --print-commands` prints it.
std::string CompatibilityTable();

}  // namespace ebb
