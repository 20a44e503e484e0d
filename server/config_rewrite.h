// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>

#include "server/config.h"

namespace ebb {

// The text of a configuration file, changed so that reading it gives `values`. Lines that do not
// stand against that stay as they are: comments, order, spelling, includes. The first line of an
// option that has another value is replaced and its further ones are dropped; options without a
// line come to the end, after a marker; a line that cannot be read becomes a comment. `path` is
// where the text stands, `start_directory` where the process was started: both are absolute and
// matter to includes. With kAll every option gets a line of its own.
std::string RewriteText(std::string_view text, const std::string& path,
                        const std::string& start_directory, const Config& values,
                        RewriteScope scope);

// Does so with the file, and replaces it in one step: at any time the path leads to the old or the
// new file, whole. Keeps its permissions. An empty string, or the text of the error reply.
std::string RewriteFile(const std::string& path, const std::string& start_directory,
                        const Config& values, RewriteScope scope);

}  // namespace ebb
