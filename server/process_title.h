// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/config.h"

namespace ebb {

// Said of a template that ExpandProcessTitle does not take.
inline constexpr std::string_view kInvalidTitleTemplate =
    "template format is invalid or contains unknown variables";

// What proc-title-template comes to: the text with its variables replaced, without spaces around
// it. {title} is `program`. Nothing where a brace is not closed or there is no such variable, and
// where the text would be empty but for {title}; Redis takes no such template.
std::optional<std::string> ExpandProcessTitle(std::string_view program, const ConfigStore& config);

// What ps, top and /proc/PID/cmdline show of the process. It begins as the command line; a title
// is written over that, and over as much of the environment behind it as it is longer.
//
// Thread: the main one; the object is made before there are others.
class ProcessTitle {
 public:
  // The longest title in bytes, as with Redis. Longer ones are cut, and so is what does not fit
  // into the place that the command line and the environment have had.
  static constexpr size_t kMaxBytes = 255;

  // For main's `argv` and the system's `environ`, both of which end with a null pointer. Has them,
  // and what the C library knows of argv, point to copies of their strings, which stay until the
  // process ends; the copies are getenv's as well. REQUIRES: nobody else points to the strings, no
  // other object has been made for them.
  ProcessTitle(char** argv, char** environment);
  ProcessTitle(const ProcessTitle&) = delete;
  ProcessTitle& operator=(const ProcessTitle&) = delete;

  // Shows what the configuration says, if it says so, and from then on what CONFIG SET makes of
  // it, whose invalid templates it refuses (what is behind a NUL does not count, as with Redis).
  // `config` has a valid one and changes no more once this object is gone.
  void Follow(ConfigStore& config);

  // Shows `title`, up to its first NUL.
  void Show(std::string_view title);

 private:
  void Show(const ConfigStore& config);

  std::string program_;         // as argv[0] calls it
  char* begin_ = nullptr;       // of the place; null when there is none
  size_t arguments_bytes_ = 0;  // of it the command line has had so many
  size_t place_bytes_ = 0;
  size_t used_bytes_ = 0;  // by titles so far
};

}  // namespace ebb
