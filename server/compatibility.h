// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>

namespace ebb {

// The commands that exist, as the Markdown table of the README: a row for each group. `ebb-server
// --print-commands` prints it.
std::string CompatibilityTable();

}  // namespace ebb
