// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "protocol/request_parser.h"
#include "storage/dispose.h"

namespace ebb {

// Ends what a client has sent and no command has had, when it leaves: much of it is the lazy-free
// thread's to free, so that who has sent millions of arguments keeps nobody waiting. `parser` is of
// no further use; its limits are RequestLimits'.
//
// Thread: engine thread.
void LeaveInput(RequestParser& parser, Disposer& disposer);

}  // namespace ebb
