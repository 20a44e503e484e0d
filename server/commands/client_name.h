// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string_view>

#include "server/command.h"

namespace ebb {

// Whether `text` may be a client's name or a library's: printable ASCII without spaces, lest it
// breaks CLIENT LIST's lines.
bool IsClientWord(std::string_view text);

// Names the calling client, or takes its name away when `name` is empty. False when it is no good;
// the error has been written.
bool SetClientName(Call& call, std::string_view name);

}  // namespace ebb
