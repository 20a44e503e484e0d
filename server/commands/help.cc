// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/help.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "protocol/reply_writer.h"
#include "server/engine.h"
#include "server/text.h"

namespace ebb {

void ReplyHelp(Call& call, std::span<const std::string_view> extra) {
  const Command* container = call.engine.commands().FindByName(call.args[0]);
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                              UpperCase(container->spec->name)));
  for (const Command* sub : container->subcommands) {
    if (sub->short_name() == "help") continue;
    const std::string_view syntax = sub->spec->syntax;
    lines.push_back(
        fmt::format("{}{}{}", UpperCase(sub->short_name()), syntax.empty() ? "" : " ", syntax));
    lines.push_back(fmt::format("    {}", sub->spec->summary));
  }
  for (const std::string_view line : extra) lines.emplace_back(line);
  lines.emplace_back("HELP");
  lines.emplace_back("    Print this help.");
  call.reply.Array(lines.size());
  for (const std::string& line : lines) call.reply.SimpleString(line);
}

}  // namespace ebb
