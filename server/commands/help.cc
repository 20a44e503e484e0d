// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/help.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "protocol/reply_writer.h"
#include "server/command_syntax.h"
#include "server/engine.h"
#include "server/text.h"

namespace ebb {
namespace {

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// The name that begins at `at`.
std::string_view NameAt(std::string_view syntax, size_t at) {
  size_t end = at;
  while (end < syntax.size() && IsNameChar(syntax[end])) ++end;
  return syntax.substr(at, end - at);
}

// A row's syntax for human eyes: names of choices and blocks, types, versions
// and blocks' braces left out.
std::string ReadableSyntax(std::string_view syntax) {
  std::string text;
  for (size_t i = 0; i < syntax.size(); ++i) {
    const char c = syntax[i];
    if (c == '(' || c == '{') {
      while (!text.empty() && IsNameChar(text.back())) text.pop_back();
    }
    if (c == '@') {
      while (i + 1 < syntax.size() && (IsNameChar(syntax[i + 1]) || syntax[i + 1] == '.')) ++i;
    } else if (c == ':' && IsArgumentType(NameAt(syntax, i + 1))) {
      i += NameAt(syntax, i + 1).size();
    } else if (c != '{' && c != '}') {
      text += c;
    }
  }
  return text;
}

}  // namespace

void ReplyHelp(Call& call, std::span<const std::string_view> extra) {
  const Command* container = call.engine.commands().FindByName(call.args[0]);
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                              UpperCase(container->spec->name)));
  for (const Command* sub : container->subcommands) {
    if (sub->short_name() == "help") continue;
    const std::string syntax = ReadableSyntax(sub->spec->syntax);
    lines.push_back(
        fmt::format("{}{}{}", UpperCase(sub->short_name()), syntax.empty() ? "" : " ", syntax));
    lines.push_back(fmt::format("    {}", sub->spec->summary));
  }
  for (const std::string_view line : extra) lines.emplace_back(line);
  lines.emplace_back("HELP");
  lines.emplace_back("    Prints this help.");
  call.reply.Array(lines.size());
  for (const std::string& line : lines) call.reply.SimpleString(line);
}

void ReplyHelp(Call& call) {
  ReplyHelp(call, {});
}

void ReplyWrongSubcommand(Call& call) {
  call.reply.Error(
      fmt::format("ERR unknown subcommand or wrong number of arguments for '{}'. Try {} HELP.",
                  UntilNul(call.args[1]).substr(0, 128), UpperCase(call.args[0])));
}

}  // namespace ebb
