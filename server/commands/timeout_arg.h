// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command.h"

namespace ebb {

// When a command that may wait for `seconds`, a decimal, has waited long enough: in ms on the
// steady clock, 0 for never, as BlockedKeys::Block takes it. Nothing when the error has been
// written.
std::optional<int64_t> ParseTimeout(Call& call, std::string_view seconds);

}  // namespace ebb
