// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <string_view>

namespace ebb {

// Looks ahead: at the command that starts at `*bytes`, a RESP array. When it is whole, written as
// usual and has an argument number `index`, that goes into `found` and `*bytes` moves behind the
// command; otherwise false. For prefetching: a command that is passed over only comes without
// warning. About 10 ns.
bool PeekCommand(std::string_view* bytes, size_t index, std::string_view* found);

}  // namespace ebb
