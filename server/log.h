// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <spdlog/spdlog.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

// The server's log, by the four levels that `loglevel` knows: debug, verbose, notice, warning. Its
// lines have the form of Redis's: process:role date level message, the level as one of . - * #
// Thread: any.
namespace ebb::log {

// A longer message is cut, for clients choose how long a name is: a line is one write that a pipe
// takes whole.
inline constexpr size_t kMaxMessageBytes = 4000;

// Where (empty: standard output) and from which level on. False when the file cannot be opened,
// with errno; the log is as before then. A file that is moved away or removed is made anew for the
// next line, in the same place wherever the process goes.
bool Open(const std::string& path);

// A descriptor of its own for the file that the log goes to now, for the caller to close; -1 with
// errno when it cannot be had, or the log goes to standard output. Async-signal-safe while nobody
// calls Open.
int OpenFile();
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

// For lines that cost something to write: `text()`, the line, is asked for where it is logged.
template <std::invocable Text>
void Debug(Text&& text) {
  if (spdlog::should_log(spdlog::level::trace)) spdlog::trace(text());
}
template <std::invocable Text>
void Verbose(Text&& text) {
  if (spdlog::should_log(spdlog::level::debug)) spdlog::debug(text());
}

}  // namespace ebb::log
