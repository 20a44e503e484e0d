// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/config_options.h"
#include "server/config_set_aside.h"

namespace ebb {

// What one line of configuration says.
struct ConfigLine {
  enum class Kind { kNothing, kOption, kSetAside, kInclude, kBroken };
  Kind kind = Kind::kNothing;
  const ConfigOption* option = nullptr;    // kOption
  const ForeignOption* foreign = nullptr;  // kSetAside; kBroken: if it is refused as one
  std::vector<std::string> words;          // kOption: its value; kInclude: the one pattern
  std::string problem;                     // kBroken: why
  std::string advice;                      // kBroken: what to do, may be empty
  std::string unknown;                     // kBroken: a word in the place of an option's name
  bool secret = false;                     // nobody may see the value
};

// Where a line stands: what is wrong with it may be mended otherwise on the command line, and there
// an option had "--" in front.
enum class LineOf { kFile, kCommandLine };

// Takes a line apart: an option's name in any case and its value, cut as SplitWords does; or
// 'include' and a pattern; or nothing, when it is empty or begins with '#'. The value is not
// interpreted, except for an option that only Redis has: it decides whether that is set aside.
ConfigLine ParseConfigLine(std::string_view line, LineOf of = LineOf::kFile);

// Without white space at both ends.
std::string_view TrimSpace(std::string_view text);

// The text of a file, without the byte order mark that some editors put in front of UTF-8. False
// with errno set when it, or some of it, cannot be read, EILSEQ as soon as a NUL byte shows that it
// is no text.
bool ReadWholeFile(const std::string& path, std::string* text);

// Reads configuration text into a Config, line by line, and goes on after a line that is wrong, so
// that its user hears of all of them at once.
//
// 'include PATTERN' reads the files that fit the shell pattern, in the order of their names, as if
// they stood there. A relative pattern is seen from `dir`, as that is when the line is
// read, and if nothing fits there from the directory of the file that the line stands in.
class ConfigReader {
 public:
  // `config` outlives the reader; its `dir` is set.
  explicit ConfigReader(Config* config) : config_(config) {}

  // The environment variable with options, as lines of a file, that are defaults: all else wins
  // over them.
  static constexpr char kDefaultsVariable[] = "EBB_DEFAULTS";
  void ReadDefaults();

  // A file with all that it includes. `path` is absolute.
  void ReadFile(const std::string& path);

  // As ReadFile, with this text in place of what the file has.
  void ReadAsFile(std::string_view text, const std::string& path);

  // Text that is in no file; `source` names it in problems.
  void ReadText(std::string_view text, const std::string& source);

  // Options from the command line, as lines without their "--".
  void ReadCommandLine(std::string_view text);

  // What is wrong: where, the line, why, and what is allowed. Several lines of text each.
  // Of an option of what Ebb does not have, such as appendonly, the last line counts: what an
  // earlier one asked for is no problem then. Only the first `most` are put into words, which takes
  // a search for names like those that nobody knows: some 100 us each.
  std::vector<std::string> problems(size_t most = SIZE_MAX) const;
  size_t problem_count() const { return problems_.size(); }

  // The options of Redis's that were not refused, though Ebb does not have them.
  const std::vector<SetAside>& set_aside() const { return set_aside_; }

 private:
  struct Place {
    std::string source;
    std::string directory;  // of the file; empty when there is none
    size_t line = 0;        // 0: the command line

    LineOf of() const { return line == 0 ? LineOf::kCommandLine : LineOf::kFile; }
  };

  struct Problem {
    std::function<std::string()> text;
    std::string_view refused;  // the option that asks for what Ebb does not have; else empty
  };

  void ReadLines(std::string_view text, Place place);
  void ReadLine(std::string_view text, const Place& place);
  // An empty string, or what is wrong.
  std::string Include(const std::string& pattern, const Place& place);
  void Complain(const Place& place, std::string_view text, ConfigLine line);
  // That `source` cannot be read, for `why`.
  void ComplainOfAll(const std::string& source, std::string why);
  static std::string Describe(const Place& place, std::string_view text, ConfigLine line);

  Config* config_;
  std::vector<Problem> problems_;
  std::vector<SetAside> set_aside_;
  std::vector<std::string> open_files_;  // canonical paths, the outermost first
};

}  // namespace ebb
