// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "server/command.h"

// The families of commands, each defined at the end of its file.
namespace ebb {

extern const CommandFamily kCommandFamily;
extern const CommandFamily kConnectionFamily;
extern const CommandFamily kObservationFamily;
extern const CommandFamily kServerFamily;
extern const CommandFamily kBitFamily;
extern const CommandFamily kBitFieldFamily;
extern const CommandFamily kCounterFamily;
extern const CommandFamily kLcsFamily;
extern const CommandFamily kStringFamily;

}  // namespace ebb
