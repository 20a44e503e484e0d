// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "server/command.h"

// The families of commands, each defined at the end of its file.
namespace ebb {

extern const CommandFamily kBitFamily;
extern const CommandFamily kBitFieldFamily;
extern const CommandFamily kClientFamily;
extern const CommandFamily kCommandFamily;
extern const CommandFamily kConnectionFamily;
extern const CommandFamily kCounterFamily;
extern const CommandFamily kDatabaseFamily;
extern const CommandFamily kDebugFamily;
extern const CommandFamily kExpireFamily;
extern const CommandFamily kHashFamily;
extern const CommandFamily kHashWalkFamily;
extern const CommandFamily kKeyFamily;
extern const CommandFamily kLcsFamily;
extern const CommandFamily kMemoryFamily;
extern const CommandFamily kMonitorFamily;
extern const CommandFamily kObjectFamily;
extern const CommandFamily kObservationFamily;
extern const CommandFamily kScanFamily;
extern const CommandFamily kServerFamily;
extern const CommandFamily kSetAlgebraFamily;
extern const CommandFamily kSetFamily;
extern const CommandFamily kStringFamily;
extern const CommandFamily kTrashFamily;

}  // namespace ebb
