// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string>

#include "server/session.h"

namespace ebb {

// The line that CLIENT LIST and CLIENT INFO have for a session, without its end: "id=3
// addr=127.0.0.1:50312 ...". The names are those of Redis 7, lib-name and lib-ver of 7.2.
// `steady_ms` is the steady clock's time now, `argument_bytes` the size of the command that the
// session is running, 0 when it is not.
std::string DescribeClient(const Session& session, int64_t steady_ms, size_t argument_bytes = 0);

}  // namespace ebb
