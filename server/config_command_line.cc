// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_command_line.h"

#include "protocol/words.h"
#include "server/text.h"

namespace ebb {
namespace {

CommandLine::Ask AskOf(std::string_view argument) {
  const auto is = [&](std::string_view question) { return EqualsIgnoreCase(argument, question); };
  if (is("-v") || is("--version")) return CommandLine::Ask::kVersion;
  if (is("-h") || is("--help")) return CommandLine::Ask::kHelp;
  if (is("--print-config-example")) return CommandLine::Ask::kExample;
  if (is("--print-commands")) return CommandLine::Ask::kCommands;
  return CommandLine::Ask::kRun;
}

}  // namespace

CommandLine ParseCommandLine(const std::vector<std::string>& arguments) {
  CommandLine parsed;
  if (arguments.empty()) return parsed;
  const bool has_file = !arguments[0].starts_with('-');
  if (has_file) parsed.file = arguments[0];

  bool value_expected = false;
  for (size_t i = has_file ? 1 : 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const bool last = i + 1 == arguments.size();
    if (argument == "-" && (i == 0 || last)) {
      parsed.standard_input = true;
      continue;
    }
    if (!value_expected) parsed.ask = AskOf(argument);
    if (parsed.ask != CommandLine::Ask::kRun) return parsed;
    if (value_expected || !argument.starts_with("--")) {
      parsed.options += Quoted(argument) + ' ';
      value_expected = false;
      continue;
    }
    if (!parsed.options.empty()) parsed.options += '\n';
    parsed.options += argument.substr(2);
    parsed.options += ' ';
    const auto words = SplitWords(argument);
    value_expected = words && words->size() == 1;
    if (EqualsIgnoreCase(argument, "--save") && (last || arguments[i + 1].starts_with("--"))) {
      parsed.options += "\"\"";
      value_expected = false;
    }
  }
  return parsed;
}

}  // namespace ebb
