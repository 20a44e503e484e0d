// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>

#include "protocol/words.h"
#include "server/config.h"
#include "server/text.h"

namespace ebb {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxIncludeDepth = 16;

constexpr char kNoText[] =
    "there is a NUL byte in it: it is no configuration, which is text. (Data, as in a dump.rdb, "
    "cannot be loaded.)";

// The paths that fit a shell pattern, sorted; a pattern without magic fits the file of that name.
std::vector<std::string> Expand(const fs::path& pattern) {
  std::vector<std::string> paths;
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return paths;
}

// How many letters have to be changed, left out or put in to make `b` of `a`.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

struct Name {
  std::string_view text;
  bool secret;
};

// The names of Ebb's options and of Redis's others.
const std::vector<Name>& KnownNames() {
  static const std::vector<Name> kNames = [] {
    std::vector<Name> names;
    for (const ConfigOption& option : AllOptions()) {
      names.push_back({option.name, (option.flags & kSensitive) != 0});
    }
    for (const ForeignOption& option : AllForeignOptions()) {
      names.push_back({option.name, option.secret});
    }
    return names;
  }();
  return kNames;
}

// What `name` was probably meant to be, the first one of those that are equally near; nothing if
// none is near.
std::optional<Name> Nearest(std::string_view name) {
  constexpr size_t kLongName = 100;
  std::optional<Name> nearest;
  size_t least = 3;
  if (name.size() > kLongName) return nearest;
  for (const Name& known : KnownNames()) {
    const size_t distance = EditDistance(name, known.text);
    if (distance >= least || distance >= name.size()) continue;
    least = distance;
    nearest = known;
  }
  return nearest;
}

// What a terminal shows on a few lines: without control characters, and cut where it is long.
std::string Shown(std::string_view text) {
  constexpr size_t kLong = 200;
  std::string shown(text.substr(0, kLong));
  for (char& byte : shown) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < ' ' || code == 0x7f) byte = '?';
  }
  if (text.size() > kLong) shown += fmt::format("... ({} bytes)", text.size());
  return shown;
}

std::string AllowedFor(const ConfigOption& option) {
  return fmt::format("'{}' takes {}.", option.name, AllowedValues(option));
}

std::string_view WithoutDashes(std::string_view name) {
  return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

ConfigLine Broken(std::string problem, std::string advice = {}) {
  ConfigLine line;
  line.kind = ConfigLine::Kind::kBroken;
  line.problem = std::move(problem);
  line.advice = std::move(advice);
  return line;
}

// What to do about a name that nobody knows and that is like none.
std::string AdviceOnUnknown(std::string_view name, LineOf of) {
  constexpr std::string_view kList = "'ebb-server --help' lists every option.";
  if (of == LineOf::kFile) {
    return fmt::format("{} A line that was written for another server can be removed.", kList);
  }
  const std::string_view bare = WithoutDashes(name);
  if (bare == "c" || bare == "config" || bare == "config-file") {
    return "Name the file first, without an option: ebb-server FILE";
  }
  return std::string(kList);
}

ConfigLine UnknownOption(const std::string& word, LineOf of) {
  // What follows may be a value, and a secret.
  const std::string name = word.substr(0, word.find_first_of("=:"));
  ConfigLine line =
      Broken(fmt::format("there is no option '{}'", Shown(name)), AdviceOnUnknown(name, of));
  line.unknown = name;
  return line;
}

// A line with "=" or ":" between an option's name and its value; nothing if it is none. `first` is
// its first word, `words` are the others.
std::optional<ConfigLine> JoinedValue(std::string_view first, std::span<const std::string> words,
                                      LineOf of) {
  const size_t sign = std::min(first.find_first_of("=:"), first.size());
  std::string_view value = first.substr(std::min(sign + 1, first.size()));
  if (sign == first.size()) {
    if (words.size() < 2 || words[0] != "=") return std::nullopt;
    value = words[1];
  } else if (value.empty() && !words.empty()) {
    value = words[0];
  }
  const std::string name = LowerCase(WithoutDashes(first.substr(0, sign)));
  const std::vector<Name>& names = KnownNames();
  const auto known = std::ranges::find(names, name, &Name::text);
  if (known == names.end()) return std::nullopt;
  ConfigLine line =
      Broken("an option's value is a word of its own",
             fmt::format("Write: {}{} {}", of == LineOf::kCommandLine ? "--" : "", name,
                         known->secret || value.empty() ? "VALUE" : QuoteWord(Shown(value))));
  line.secret = known->secret;
  return line;
}

// A line of an option that Redis has and Ebb has not, or of one that nobody knows.
ConfigLine OtherOption(const std::string& name, const std::vector<std::string>& words, LineOf of) {
  const ForeignOption* const option = FindForeignOption(name);
  if (option == nullptr) return UnknownOption(name, of);
  ConfigLine line;
  if (words.empty()) {
    line = Broken("wrong number of arguments");
  } else if (!MayBeSetAside(*option, words)) {
    line = Broken(std::string(option->refusal), AdviceOnRefusal(*option));
  } else {
    line.kind = ConfigLine::Kind::kSetAside;
  }
  line.foreign = option;
  line.secret = option->secret;
  return line;
}

// The option of the line, if it is of something that Ebb does not have and its last line counts.
// Those of `user` add up.
std::string_view AbsentFeature(const ConfigLine& line) {
  if (line.foreign != nullptr) return line.foreign->name == "user" ? "" : line.foreign->name;
  const bool absent =
      line.option != nullptr && std::holds_alternative<AbsentOption>(line.option->kind);
  return absent ? line.option->name : std::string_view();
}

// Whether a comment seems to stand behind a value.
bool HasComment(std::string_view line) {
  const auto words = SplitWords(line);
  if (!words) return line.find(" #") != std::string_view::npos;
  return std::any_of(words->begin() + 1, words->end(),
                     [](const std::string& word) { return word.starts_with('#'); });
}

// What to do about an argument of the command line that is no option's, `quoted` as a line is.
std::string AdviceOnStray(std::string_view quoted) {
  if (quoted.starts_with("\"-\"")) return "'-', standard input, is the first argument or the last.";
  if (quoted.starts_with("\"-")) return "Options begin with --.";
  return "Options begin with --. Only one file is taken, as the first argument; 'include' in it "
         "reads more.";
}

// A line that SplitWords refuses. What is in it may be a secret whose quotes are wrong, be its
// option known or not.
ConfigLine BadQuotes(std::string_view line) {
  ConfigLine broken = Broken("a quote is not closed, or text follows a closing quote");
  broken.unknown = LowerCase(line.substr(0, line.find_first_of(" \t=:")));
  return broken;
}

}  // namespace

std::string_view TrimSpace(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool ReadWholeFile(const std::string& path, std::string* text) {
  // A stream would take an error for the end of the file.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  text->clear();
  std::array<char, 4096> part;
  ssize_t count;
  while ((count = read(fd, part.data(), part.size())) > 0) {
    text->append(part.data(), static_cast<size_t>(count));
    if (std::memchr(part.data(), '\0', static_cast<size_t>(count)) == nullptr) continue;
    errno = EILSEQ;
    count = -1;
    break;
  }
  const int error = errno;
  close(fd);
  errno = error;
  if (count < 0) return false;
  if (constexpr std::string_view kMark = "\xef\xbb\xbf"; text->starts_with(kMark)) {
    text->erase(0, kMark.size());
  }
  return true;
}

ConfigLine ParseConfigLine(std::string_view text, LineOf of) {
  text = TrimSpace(text);
  if (text.empty() || text.front() == '#') return {};
  auto split = SplitWords(text);
  if (!split) return BadQuotes(text);
  if (split->empty()) return {};
  ConfigLine line;
  line.words = std::move(*split);
  const std::string first = line.words[0];
  const std::string name = LowerCase(first);
  line.words.erase(line.words.begin());
  if (name == "include") {
    if (line.words.size() != 1) {
      return Broken("wrong number of arguments", "'include' takes one path.");
    }
    line.kind = ConfigLine::Kind::kInclude;
    return line;
  }
  if (auto joined = JoinedValue(first, line.words, of)) return *std::move(joined);
  line.option = FindOption(name);
  if (line.option == nullptr) return OtherOption(name, line.words, of);
  line.kind = ConfigLine::Kind::kOption;
  line.secret = (line.option->flags & kSensitive) != 0;
  const bool takes_words = TakesWords(*line.option);
  if (takes_words && line.words.size() == 1 && !line.words[0].empty()) {
    // "a b" in quotes is the two words a and b.
    line.words = SplitWords(line.words[0]).value_or(std::vector<std::string>());
  }
  // As Redis has it, `save` alone is `save ""`.
  if (line.words.empty() && line.option->name == "save") line.words = {""};
  if (line.words.empty() || (line.words.size() > 1 && !takes_words)) {
    line.kind = ConfigLine::Kind::kBroken;
    line.problem = "wrong number of arguments";
    line.advice = AllowedFor(*line.option);
  }
  return line;
}

void ConfigReader::ReadFile(const std::string& path) {
  std::string text;
  if (ReadWholeFile(path, &text)) return ReadAsFile(text, path);
  ComplainOfAll(path, errno == EILSEQ ? kNoText : std::strerror(errno));
}

std::vector<std::string> ConfigReader::problems(size_t most) const {
  std::vector<std::string> texts;
  for (const Problem& problem : std::span(problems_).first(std::min(most, problems_.size()))) {
    texts.push_back(problem.text());
  }
  return texts;
}

void ConfigReader::ReadAsFile(std::string_view text, const std::string& path) {
  std::error_code ignored;
  open_files_.push_back(fs::canonical(path, ignored).string());
  ReadLines(text, {path, fs::path(path).parent_path().string()});
  open_files_.pop_back();
}

void ConfigReader::ReadDefaults() {
  const char* const defaults = std::getenv(kDefaultsVariable);
  if (defaults != nullptr) ReadText(defaults, kDefaultsVariable);
}

void ConfigReader::ReadText(std::string_view text, const std::string& source) {
  if (text.find('\0') != std::string_view::npos) return ComplainOfAll(source, kNoText);
  ReadLines(text, {source, {}});
}

void ConfigReader::ReadLines(std::string_view text, Place place) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    ++place.line;
    ReadLine(TrimSpace(text.substr(0, end)), place);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void ConfigReader::ReadCommandLine(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    ReadLine(TrimSpace(text.substr(0, end)), {"Command line", {}});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void ConfigReader::ReadLine(std::string_view text, const Place& place) {
  ConfigLine line = ParseConfigLine(text, place.of());
  if (line.kind == ConfigLine::Kind::kInclude) {
    line.problem = Include(line.words[0], place);
  } else if (line.kind == ConfigLine::Kind::kOption) {
    line.problem = ParseOption(*line.option, line.words, config_);
    line.advice = AllowedFor(*line.option);
  } else if (line.kind == ConfigLine::Kind::kSetAside) {
    set_aside_.push_back({line.foreign, place.source});
  }
  if (!line.problem.empty()) return Complain(place, text, std::move(line));
  const std::string_view name = AbsentFeature(line);
  if (name.empty()) return;
  std::erase_if(problems_, [name](const Problem& problem) { return problem.refused == name; });
}

std::string ConfigReader::Include(const std::string& pattern, const Place& place) {
  std::vector<std::string> paths = Expand(fs::path(config_->dir) / pattern);
  if (paths.empty() && !place.directory.empty()) {
    paths = Expand(fs::path(place.directory) / pattern);
  }
  if (paths.empty() && pattern.find_first_of("*?[") == std::string::npos) {
    return "there is no such file";
  }
  for (const std::string& path : paths) {
    std::error_code ignored;
    const std::string canonical = fs::canonical(path, ignored).string();
    if (std::ranges::find(open_files_, canonical) != open_files_.end()) {
      return fmt::format("{} includes itself", path);
    }
    if (open_files_.size() > kMaxIncludeDepth) {
      return fmt::format("includes are more than {} deep", kMaxIncludeDepth);
    }
    ReadFile(path);
  }
  return {};
}

void ConfigReader::Complain(const Place& place, std::string_view text, ConfigLine line) {
  const std::string_view refused = AbsentFeature(line);
  const auto describe = [place, shown = std::string(text), line = std::move(line)] {
    return Describe(place, shown, line);
  };
  problems_.push_back({describe, refused});
}

void ConfigReader::ComplainOfAll(const std::string& source, std::string why) {
  problems_.push_back(
      {[text = fmt::format("Cannot read {}: {}", source, why)] { return text; }, {}});
}

std::string ConfigReader::Describe(const Place& place, std::string_view text, ConfigLine line) {
  const auto meant = line.unknown.empty() ? std::nullopt : Nearest(line.unknown);
  if (meant) {
    line.secret = meant->secret;
    if (!line.advice.empty()) line.advice = fmt::format("Did you mean '{}'?", meant->text);
  }
  const bool on_command_line = place.of() == LineOf::kCommandLine;
  std::string problem = place.source;
  if (!on_command_line) problem += fmt::format(", line {}", place.line);
  // What had no -- in front of it has been quoted.
  const bool dashed = on_command_line && !text.starts_with('"');
  problem += fmt::format(":\n>>> {}", dashed ? "--" : "");
  if (line.secret) {
    problem += fmt::format("{} (hidden)", text.substr(0, text.find_first_of(" \t\"'=:")));
  } else {
    problem += Shown(text);
  }
  problem += fmt::format("\n{}", line.problem);
  if (!line.advice.empty()) problem += fmt::format("\n{}", line.advice);
  if (!on_command_line && HasComment(text)) problem += "\nA comment needs a line of its own.";
  if (on_command_line && !dashed) problem += fmt::format("\n{}", AdviceOnStray(text));
  return problem;
}

}  // namespace ebb
