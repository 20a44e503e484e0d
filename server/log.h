// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

// The server's log, by the four levels that `loglevel` knows: debug, verbose, notice, warning. Its
// lines have the form of Redis's: process:role date level message, the level as one of . - * #
// Thread: any.
namespace ebb::log {

// Where (empty: standard output) and from which level on. False when the file cannot be opened; the
// log is as before then.
bool Open(const std::string& path);
void SetLevel(spdlog::level::level_enum level);

template <typename... Args>
void Debug(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::trace(text, std::forward<Args>(args)...);
}
template <typename... Args>
void Verbose(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::debug(text, std::forward<Args>(args)...);
}
template <typename... Args>
void Notice(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::info(text, std::forward<Args>(args)...);
}
template <typename... Args>
void Warning(fmt::format_string<Args...> text, Args&&... args) {
  spdlog::warn(text, std::forward<Args>(args)...);
}

}  // namespace ebb::log
