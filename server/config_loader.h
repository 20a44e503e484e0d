// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "server/config.h"

namespace ebb {

// Reads configurations the way Redis takes them:
//
//   ebb-server [FILE] [-] [--name value ...] ...
//
// FILE first, then standard input with -, then the options of the command line; later ones win. `include` reads another file at its place,
// relative to the directory of the file that names it, globs allowed.
class ConfigLoader {
 public:
  // `input` is what - reads.
  ConfigLoader(ConfigStore& config, std::istream& input) : config_(config), input_(input) {}

  // Reads everything that `arguments` (without the program's name) asks for. An empty string, or a whole message for the user: where, the line, what
  // is wrong, what is allowed.
  std::string Load(const std::vector<std::string>& arguments);

 private:
  std::string LoadFile(const std::string& path, int depth);
  std::string LoadStream(std::istream& stream, const std::string& name, int depth);
  std::string LoadLine(const std::string& line, const std::string& directory, int depth);
  std::string Include(const std::string& pattern, const std::string& directory, int depth);

  ConfigStore& config_;
  std::istream& input_;
};

}  // namespace ebb
