// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_help.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "server/config_options.h"
#include "server/version.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

constexpr size_t kColumns = 90;

// The text in lines of at most kColumns that begin with `indent`.
std::string Wrap(std::string_view text, std::string_view indent) {
  std::string wrapped;
  while (!text.empty()) {
    const size_t room = kColumns - indent.size();
    size_t cut = text.size() <= room ? text.size() : text.rfind(' ', room);
    if (cut == std::string_view::npos) cut = std::min(text.find(' '), text.size());
    wrapped += fmt::format("{}{}\n", indent, text.substr(0, cut));
    text.remove_prefix(std::min(cut + 1, text.size()));
  }
  return wrapped;
}

std::string_view WhenChanged(const ConfigOption& option) {
  if (option.flags & kImmutable) return "Only at the start.";
  if (option.flags & kProtectedOption) {
    return "CONFIG SET may change it where enable-protected-configs permits.";
  }
  return "CONFIG SET may change it.";
}

// Whether CONFIG SET takes it as a matter of course.
bool IsChangedByClients(const ConfigOption& option) {
  return (option.flags & (kImmutable | kProtectedOption)) == 0;
}

// Calls `on_option` for every option, and `on_group` before the first one of each group.
template <typename OnGroup, typename OnOption>
void ForEachOption(OnGroup on_group, OnOption on_option) {
  std::string_view group;
  for (const ConfigOption& option : AllOptions()) {
    if (option.group != group) on_group(group = option.group);
    on_option(option);
  }
}

}  // namespace

std::string VersionText() {
  return fmt::format("Ebb server v={} malloc={} bits={}\n", kVersion, memory::Name(),
                     8 * sizeof(void*));
}

std::string HelpText() {
  std::string text =
      "Usage: ebb-server [FILE] [--OPTION VALUE ...] [-]\n"
      "\n"
      "  ebb-server                              default options, port 6379\n"
      "  ebb-server /etc/ebb.conf --port 7000    a file, then options that win over it\n"
      "  echo 'maxmemory 1gb' | ebb-server -     options from standard input; - is first or last\n"
      "\n"
      "  -h, --help                  this text\n"
      "  -v, --version               the version\n"
      "  --print-config-example      a configuration file with every option, explained\n"
      "  --print-commands            the commands there are, and are not yet, as a Markdown table\n"
      "\n"
      "The environment variable EBB_DEFAULTS may hold other defaults, as lines of FILE.\n"
      "\n"
      "Options, each also as a line of FILE, with CONFIG GET and, where nothing else is\n"
      "said, with CONFIG SET:\n";
  const Config defaults;
  ForEachOption([&](std::string_view group) { text += fmt::format("\n{}\n", group); },
                [&](const ConfigOption& option) {
                  text += fmt::format("  --{}\n", OptionLine(option, defaults));
                  text += Wrap(AllowedValues(option), "      ");
                  if (!IsChangedByClients(option)) text += Wrap(WhenChanged(option), "      ");
                });
  return text;
}

std::string ExampleText() {
  std::string text =
      "# Ebb's options with their defaults.\n"
      "#\n"
      "#   ebb-server /path/to/this/file     starts with them; the last line for an option counts\n"
      "#   CONFIG SET option value           changes one while the server runs\n"
      "#   CONFIG REWRITE                    keeps such changes here\n"
      "#   include /path/to/*.conf           in this file: reads more files at that place\n"
      "#\n"
      "# A value with spaces in it goes in \"quotes\". A comment needs a line of its own.\n"
      "# Bytes may have a unit, in any case: 1k is 1000, 1kb is 1024; so with m, mb, g and gb.\n";
  const Config defaults;
  ForEachOption(
      [&](std::string_view group) {
        text += fmt::format("\n{:#<90}\n# {}\n{:#<90}\n", "", group, "");
      },
      [&](const ConfigOption& option) {
        text += '\n' + Wrap(option.text, "# ");
        text += Wrap(fmt::format("Takes {}. {}", AllowedValues(option), WhenChanged(option)), "# ");
        text += OptionLine(option, defaults) + '\n';
      });
  return text;
}

}  // namespace ebb
