// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ebb {

// Looks ahead: the argument number `index` of each of the commands that `bytes` begin with, RESP
// arrays all of them, into `found`; answers how many there are. Stops at the first command that is
// not whole, written otherwise than usual, or has no such argument. For prefetching: a command that
// is passed over only comes without warning. About 10 ns a command.
size_t PeekArguments(std::string_view bytes, size_t index, std::span<std::string_view> found);

}  // namespace ebb
