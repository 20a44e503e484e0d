// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <istream>
#include <iterator>
#include <system_error>

#include "server/compatibility.h"
#include "server/config_command_line.h"
#include "server/config_help.h"
#include "server/config_options.h"
#include "server/config_reader.h"
#include "server/config_rewrite.h"
#include "server/config_set_aside.h"
#include "server/text.h"
#include "server/version.h"
#include "storage/glob.h"

namespace ebb {

ConfigStore::ConfigStore() {
  std::error_code ignored;
  start_directory_ = std::filesystem::current_path(ignored).string();
  values_.dir = start_directory_;
}

bool ConfigStore::IsSecret(std::string_view option) {
  const ConfigOption* const found = FindOption(option);
  if (found != nullptr) return (found->flags & kSensitive) != 0;
  const ForeignOption* const foreign = FindForeignOption(option);
  return foreign != nullptr && foreign->secret;
}

// ------------------------------------------------------------------------------------------- start

namespace {

// Problems beyond these are counted only.
constexpr size_t kProblemsShown = 10;

std::string ProblemsText(const ConfigReader& reader) {
  const std::vector<std::string> shown = reader.problems(kProblemsShown);
  std::string text = fmt::format("\n*** CONFIGURATION ERROR (Ebb {}) ***\n{}\n", kVersion,
                                 fmt::join(shown, "\n\n"));
  const size_t more = reader.problem_count() - shown.size();
  if (more > 0) text += fmt::format("\n... and {} more.\n", more);
  return text;
}

}  // namespace

ConfigStore::Launch ConfigStore::LoadArguments(const std::vector<std::string>& arguments,
                                               std::istream& standard_input) {
  const CommandLine line = ParseCommandLine(arguments);
  switch (line.ask) {
    case CommandLine::Ask::kVersion:
      return {0, VersionText()};
    case CommandLine::Ask::kHelp:
      return {0, HelpText()};
    case CommandLine::Ask::kExample:
      return {0, ExampleText()};
    case CommandLine::Ask::kCommands:
      return {0, CompatibilityTable()};
    case CommandLine::Ask::kRun:
      break;
  }
  ConfigReader reader(&values_);
  reader.ReadDefaults();
  if (!line.file.empty()) {
    file_ = (std::filesystem::path(start_directory_) / line.file).lexically_normal().string();
    reader.ReadFile(file_);
  }
  if (line.standard_input) {
    const std::string text{std::istreambuf_iterator<char>(standard_input), {}};
    reader.ReadText(text, "Standard input");
  }
  reader.ReadCommandLine(line.options);
  set_aside_notice_ = SetAsideNotice(reader.set_aside());
  if (reader.problem_count() == 0) return {};
  return {1, ProblemsText(reader)};
}

// ------------------------------------------------------------------------------------------ CONFIG

std::vector<std::pair<std::string, std::string>> ConfigStore::Get(
    std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  std::vector<std::string_view> taken;  // as the rows write the names
  const auto take = [&](const ConfigOption& option, std::string_view name) {
    if (std::ranges::find(taken, NameIn(option, name)) != taken.end()) return;
    taken.push_back(NameIn(option, name));
    found.emplace_back(name, FormatOption(option, values_));
  };
  for (const std::string_view pattern : patterns) {
    if (pattern.find_first_of("[*?") == std::string_view::npos) {
      // A plain name is answered as the client wrote it.
      if (const ConfigOption* const option = FindOption(pattern)) take(*option, pattern);
      continue;
    }
    for (const ConfigOption& option : AllOptions()) {
      for (const std::string_view name : {option.name, option.alias}) {
        if (!name.empty() && GlobMatch(pattern, name, true)) take(option, name);
      }
    }
  }
  return found;
}

namespace {

std::string Failure(std::string_view option, std::string_view why) {
  return fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", option, why);
}

// Finds the options that CONFIG SET names. An empty string, or the text of the error.
std::string FindSettable(std::span<const std::string_view> names_and_values, bool may_protected,
                         std::vector<const ConfigOption*>* options) {
  std::vector<std::string_view> names;  // as the rows write them; an alias is another option
  for (size_t i = 0; i < names_and_values.size(); i += 2) {
    const std::string_view name = names_and_values[i];
    const ConfigOption* const option = FindOption(name);
    if (option == nullptr) {
      return fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'",
                         UntilNul(name));
    }
    if (option->flags & kImmutable) return Failure(name, "can't set immutable config");
    if ((option->flags & kProtectedOption) && !may_protected) {
      return Failure(name, "can't set protected config");
    }
    if (std::ranges::find(names, NameIn(*option, name)) != names.end()) {
      return Failure(name, "duplicate parameter");
    }
    names.push_back(NameIn(*option, name));
    options->push_back(option);
  }
  return {};
}

// The pieces between single spaces: a list option's words in the one argument of CONFIG SET.
std::vector<std::string> SplitAtSpaces(std::string_view text) {
  std::vector<std::string> pieces;
  while (true) {
    const size_t end = std::min(text.find(' '), text.size());
    pieces.emplace_back(text.substr(0, end));
    if (end == text.size()) return pieces;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string ConfigStore::Set(std::span<const std::string_view> names_and_values, bool local) {
  if (names_and_values.size() % 2 != 0) return "ERR syntax error";
  const ProtectedAccess access = values_.enable_protected_configs;
  const bool may_protected =
      access == ProtectedAccess::kYes || (access == ProtectedAccess::kLocal && local);
  std::vector<const ConfigOption*> options;
  std::string problem = FindSettable(names_and_values, may_protected, &options);
  if (!problem.empty()) return problem;

  // All values are read before any is put in force.
  Config after = values_;
  Changed changed;
  for (size_t i = 0; i < options.size(); ++i) {
    const ConfigOption& option = *options[i];
    const std::string_view value = names_and_values[2 * i + 1];
    const auto words = TakesWords(option) ? SplitAtSpaces(value) : std::vector{std::string(value)};
    problem = ParseOption(option, words, &after);
    if (!problem.empty()) return Failure(NameIn(option, names_and_values[2 * i]), problem);
    if (OptionLine(option, values_) != OptionLine(option, after)) {
      changed.push_back(option.name);
    }
  }
  const Config before = std::exchange(values_, std::move(after));
  problem = AttemptChanges(changed, before);
  if (problem.empty()) ApplyChanges(changed);
  return problem;
}

std::string ConfigStore::AttemptChanges(const Changed& changed, const Config& before) {
  std::vector<const Attempt*> made;
  for (const std::string_view option : changed) {
    const auto found = attempts_.find(option);
    if (found == attempts_.end()) continue;
    made.push_back(&found->second);
    const std::string problem = found->second();
    if (problem.empty()) continue;
    values_ = before;
    for (const Attempt* const undone : made) (*undone)();
    return Failure(option, problem);
  }
  return {};
}

void ConfigStore::ApplyChanges(const Changed& changed) const {
  const auto concerns = [&](const Hook& hook) {
    return hook.options.empty() ||
           std::ranges::find_first_of(hook.options, changed) != hook.options.end();
  };
  if (changed.empty()) return;
  for (const Hook& hook : hooks_) {
    if (concerns(hook)) hook.apply();
  }
}

void ConfigStore::OnChange(std::initializer_list<std::string_view> options, Apply apply) {
  assert(options.size() > 0);
  hooks_.push_back({{options.begin(), options.end()}, std::move(apply)});
}

void ConfigStore::OnAttempt(std::string_view option, Attempt attempt) {
  [[maybe_unused]] const bool first = attempts_.emplace(option, std::move(attempt)).second;
  assert(first);
}

std::string ConfigStore::Rewrite(RewriteScope scope) const {
  if (file_.empty()) return "ERR The server is running without a config file";
  return RewriteFile(file_, start_directory_, values_, scope);
}

}  // namespace ebb
