// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string_view>

namespace ebb {

inline constexpr std::string_view kVersion = "0.1.0";

// The version of Redis whose commands and replies Ebb follows; clients that look at redis_version
// see it.
inline constexpr std::string_view kRedisVersion = "7.0.15";

}  // namespace ebb
