// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// The command line, taken apart as Redis 7.0 does:
//   ebb-server [FILE] [--name [value ...]] ... [-]
// "-" as the first or the last argument is standard input. An argument that begins with "--" is an
// option's name, except right after an option without a value: it is that option's value then. One
// argument may hold name and value ("--port 7000"). "--save" may stand without a value and means
// "".
//
// Unlike in Redis, a question ("--help", "-v", in any case) may stand wherever no option waits
// for its value; the first one is answered, whatever else there is.
struct CommandLine {
  enum class Ask { kRun, kVersion, kHelp, kExample, kCommands };
  Ask ask = Ask::kRun;  // a question is answered without the rest
  std::string file;     // empty: none
  bool standard_input = false;
  std::string options;  // lines as they would stand in a configuration file
};

// `arguments` come without the program's name.
CommandLine ParseCommandLine(const std::vector<std::string>& arguments);

}  // namespace ebb
