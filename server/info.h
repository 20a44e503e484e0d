// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ebb {

class Engine;

// INFO: the server's figures in named sections of `field:value` lines. A field is one row in
// info.cc; a section whose fields are not known beforehand (one per command, per database) is
// written by a function.
//
// Thread: engine thread. O(fields) and, for Memory, O(clients + databases).

// The text of the sections that `names` ask for, in any case; "all", "everything" and "default" are
// groups of sections. No names: the default ones.
std::string InfoText(Engine& engine, std::span<const std::string_view> names);

}  // namespace ebb
