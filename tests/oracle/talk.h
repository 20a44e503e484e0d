// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <vector>

#include "tests/oracle/random.h"

namespace ebb::oracle {

// What a client sends that does not keep to the protocol, or hardly: lengths that are none, lines
// that end badly, quotes that do not close. Each piece is one request or what is left of one; the
// last is right. Or what a client sends that subscribes to channels, where the number of replies is
// not that of the requests.
std::vector<std::string> MakeTalk(Random& random);

}  // namespace ebb::oracle
