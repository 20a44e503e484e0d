// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string_view>

namespace ebb {

// Whether `text` matches the glob `pattern` as KEYS knows it: * any run, ? any byte, [abc] [^abc]
// [a-z] a class, \ takes the next byte literally. A range may run either way; its bytes are
// unsigned. An open class ends with the pattern. As in Redis 7.0 only the empty pattern matches the
// empty text, and * does not: commands that take it for everything look for it themselves.
// `ignore_case` folds ASCII letters. O(pattern * text) at worst, whatever the number of stars: only
// the last star is ever tried again.
bool GlobMatch(std::string_view pattern, std::string_view text, bool ignore_case = false);

}  // namespace ebb
