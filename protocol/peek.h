// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ebb {

// Looks ahead: at the command that starts at `*bytes`, a RESP array. When it is whole and written
// as usual, its first arguments, as many as there is room for, go into `first` (the rest of which
// stays as it is), `*bytes` moves behind the command, and the answer is how many arguments it has,
// one at least; otherwise it is 0, nothing has moved, and RequestParser has to say what that is.
// About 10 ns.
size_t PeekCommand(std::string_view* bytes, std::span<std::string_view> first);

}  // namespace ebb
