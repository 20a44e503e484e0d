// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_loader.h"

#include <fmt/format.h>
#include <glob.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>

#include "protocol/words.h"
#include "server/config_options.h"
#include "server/text.h"

namespace ebb {
namespace {

// Files that include each other end here.
constexpr int kMaxDepth = 16;

std::string Problem(const std::string& where, int line_number, const std::string& line,
                    const std::string& why) {
  // A password is not shown.
  const auto words = SplitWords(line);
  const ConfigOption* option = words && !words->empty() ? FindOption((*words)[0]) : nullptr;
  const bool secret = option != nullptr && (option->flags & kSensitive);
  const std::string shown = secret ? fmt::format("{} ...", option->name) : line;
  return fmt::format("In {}, line {}:\n>>> '{}'\n{}", where, line_number, shown, why);
}

// The command line's options as lines of a configuration file: each argument that begins with -- begins one.
std::vector<std::string> OptionLines(const std::vector<std::string>& arguments, size_t first) {
  std::vector<std::string> lines;
  bool expects_value = false;
  for (size_t i = first; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    // The word right after an option's name is its value, even if it begins with -- (a password may).
    const bool names_option = argument.starts_with("--") && argument.size() > 2;
    if (names_option && !(expects_value && FindOption(argument.substr(2)) == nullptr)) {
      lines.push_back(argument.substr(2));
      expects_value = argument.find(' ') == std::string::npos;
      continue;
    }
    if (lines.empty()) {
      lines.push_back(argument);
    } else {
      lines.back() += " " + QuoteWord(argument);
    }
    expects_value = false;
  }
  return lines;
}

}  // namespace

std::string ConfigLoader::Load(const std::vector<std::string>& arguments) {
  size_t next = 0;
  bool from_input = false;
  if (next < arguments.size() && !arguments[next].starts_with("-")) {
    std::error_code error;
    const auto path = std::filesystem::absolute(arguments[next++], error);
    if (std::string problem = LoadFile(path.string(), 0); !problem.empty()) return problem;
    config_.set_file(path.string());
  }
  std::vector<std::string> options;
  for (; next < arguments.size(); ++next) {
    // - is standard input, first or last.
    const bool is_dash = arguments[next] == "-";
    if (is_dash && (options.empty() || next + 1 == arguments.size())) {
      from_input = true;
    } else {
      options.push_back(arguments[next]);
    }
  }
  if (from_input) {
    if (std::string problem = LoadStream(input_, "standard input", 0); !problem.empty()) {
      return problem;
    }
  }
  for (const std::string& line : OptionLines(options, 0)) {
    const std::string why = LoadLine(line, ".", 0);
    if (!why.empty()) return Problem("the command line", 1, line, why);
  }
  return {};
}

std::string ConfigLoader::LoadFile(const std::string& path, int depth) {
  if (depth > kMaxDepth) return fmt::format("'{}': files include each other too deeply", path);
  std::error_code ignored;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path, ignored)) {
    return fmt::format("Cannot read the configuration file '{}': {}", path,
                       file ? "it is a directory" : std::strerror(errno));
  }
  return LoadStream(file, path, depth);
}

std::string ConfigLoader::LoadStream(std::istream& stream, const std::string& name, int depth) {
  const std::string directory = std::filesystem::path(name).parent_path().string();
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const std::string why = LoadLine(line, directory, depth);
    if (why.empty()) continue;
    // What an included file says of itself is already whole.
    return why.starts_with("In ") ? why : Problem(name, number, line, why);
  }
  return {};
}

std::string ConfigLoader::LoadLine(const std::string& line, const std::string& directory,
                                   int depth) {
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos || line[begin] == '#') return {};
  const auto words = SplitWords(line);
  if (!words) return "unbalanced quotes";
  if (words->empty()) return {};
  if (EqualsIgnoreCase((*words)[0], "include")) {
    if (words->size() != 2) return "include takes one path";
    return Include((*words)[1], directory, depth);
  }
  return config_.Load(*words);
}

std::string ConfigLoader::Include(const std::string& pattern, const std::string& directory,
                                  int depth) {
  const auto path = std::filesystem::path(directory) / pattern;
  const bool has_stars = pattern.find_first_of("*?[") != std::string::npos;
  if (!has_stars) return LoadFile(path.string(), depth + 1);
  glob_t found{};
  std::string problem;
  if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc && problem.empty(); ++i) {
      problem = LoadFile(found.gl_pathv[i], depth + 1);
    }
  }
  globfree(&found);
  return problem;
}

}  // namespace ebb
