// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "protocol/parser_limits.h"

namespace ebb {

class Engine;

// What parsers of the engine's clients keep to: its options as they are now, and its memory, so
// that storage can own arguments, and those that nobody took leave through the disposer. The engine
// outlives the result.
ParserLimits RequestLimits(Engine& engine);

}  // namespace ebb
