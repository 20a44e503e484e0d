// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "server/command.h"

namespace ebb {

// The reply of every container's HELP subcommand: its subcommands with their syntax and summary,
// from their rows. Lines that no row has may be given as `extra`.
void ReplyHelp(Call& call, std::span<const std::string_view> extra);
void ReplyHelp(Call& call);

// The error for a subcommand whose number of arguments is wrong although its row lets it pass, or
// that has no row and is not known.
void ReplyWrongSubcommand(Call& call);

}  // namespace ebb
