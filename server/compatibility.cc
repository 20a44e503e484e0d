// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/compatibility.h"

#include <fmt/format.h>

#include <map>

#include "server/command_table.h"
#include "server/text.h"

namespace ebb {

std::string CompatibilityTable() {
  std::map<std::string_view, std::string> groups;
  for (const CommandFamily* family : AllFamilies()) {
    std::string& row = groups[family->group];
    for (const CommandSpec& spec : family->commands) {
      const size_t bar = spec.name.find('|');
      if (bar != std::string_view::npos) {
        row += " " + UpperCase(spec.name.substr(bar + 1));
      } else {
        row += (row.empty() ? "" : ", ") + fmt::format("**{}**", UpperCase(spec.name));
      }
    }
  }
  std::string table = "| group | commands, with their subcommands |\n|---|---|\n";
  for (const auto& [group, row] : groups) table += fmt::format("| {} | {} |\n", group, row);
  return table;
}

}  // namespace ebb
