// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/process_title.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/text.h"

namespace ebb {
namespace {

// ---------------------------------------------------------------------------------------- template

struct Facts {
  std::string_view program;
  const ConfigStore& config;
};

std::string ListenAddress(const Config& options) {
  if (options.port == 0) return "unixsocket:" + options.unixsocket;
  return fmt::format("{}:{}", options.bind.empty() ? "*" : options.bind[0], options.port);
}

struct Variable {
  std::string_view name;
  std::string (*value)(const Facts& facts);
};

constexpr Variable kVariables[] = {
    {"title", [](const Facts& facts) { return std::string(facts.program); }},
    {"listen-addr", [](const Facts& facts) { return ListenAddress(facts.config.values()); }},
    {"server-mode", [](const Facts&) { return std::string(); }},  // of clusters and sentinels
    {"config-file",
     [](const Facts& facts) {
       return facts.config.file().empty() ? std::string("-") : facts.config.file();
     }},
    {"port", [](const Facts& facts) { return fmt::format("{}", facts.config.values().port); }},
    {"tls-port", [](const Facts&) { return std::string("0"); }},
    {"unixsocket", [](const Facts& facts) { return facts.config.values().unixsocket; }},
};

// The text with its variables replaced; nothing if it is no template.
std::optional<std::string> Expand(std::string_view text, const Facts& facts) {
  std::string expanded;
  while (true) {
    const size_t open = std::min(text.find('{'), text.size());
    expanded += text.substr(0, open);
    if (open == text.size()) return expanded;
    text.remove_prefix(open + 1);
    if (text.starts_with('{')) {
      expanded += '{';
      text.remove_prefix(1);
      continue;
    }
    const size_t close = text.find('}');
    if (close == std::string_view::npos) return std::nullopt;
    const Variable* const found =
        std::ranges::find(kVariables, text.substr(0, close), &Variable::name);
    if (found == std::end(kVariables)) return std::nullopt;
    expanded += found->value(facts);
    text.remove_prefix(close + 1);
  }
}

std::string WithoutSpacesAround(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// ------------------------------------------------------------------------------------------- place

// Where the strings end that lie one behind the other from `at` on.
char* EndOfRun(char* const* strings, char* at) {
  for (; *strings != nullptr && *strings == at; ++strings) at += std::strlen(at) + 1;
  return at;
}

char* Copy(const char* string) {
  const size_t bytes = std::strlen(string) + 1;
  return static_cast<char*>(std::memcpy(new char[bytes], string, bytes));
}

}  // namespace

std::optional<std::string> ExpandProcessTitle(std::string_view program, const ConfigStore& config) {
  const std::string_view text = UntilNul(config.values().proc_title_template);
  const std::optional<std::string> without = Expand(text, {"", config});
  if (!without || WithoutSpacesAround(*without).empty()) return std::nullopt;
  return WithoutSpacesAround(*Expand(text, {program, config}));
}

ProcessTitle::ProcessTitle(char** argv, char** environment) {
  if (argv[0] == nullptr) return;
  program_ = argv[0];
  begin_ = argv[0];
  char* const end = EndOfRun(argv, begin_);
  arguments_bytes_ = static_cast<size_t>(end - begin_);
  place_bytes_ = static_cast<size_t>(EndOfRun(environment, end) - begin_);
  const bool is_known = program_invocation_name == argv[0];
  for (char** strings : {argv, environment}) {
    for (; *strings != nullptr; ++strings) *strings = Copy(*strings);
  }
  if (!is_known) return;
  // Named in the C library's messages.
  program_invocation_name = argv[0];
  char* const slash = std::strrchr(argv[0], '/');
  program_invocation_short_name = slash != nullptr ? slash + 1 : argv[0];
}

void ProcessTitle::Follow(ConfigStore& config) {
  config.OnAttempt("proc-title-template", [&config]() -> std::string {
    std::string& text = config.mutable_values().proc_title_template;
    text.resize(UntilNul(text).size());
    if (ExpandProcessTitle("", config)) return {};
    return std::string(kInvalidTitleTemplate);
  });
  // A new template is shown at once, whatever set-proc-title says: so does Redis.
  config.OnChange("proc-title-template", [this, &config] { Show(config); });
  if (!config.values().set_proc_title) return;
  config.OnChange({"port", "bind"}, [this, &config] { Show(config); });
  Show(config);
}

void ProcessTitle::Show(const ConfigStore& config) {
  if (const auto title = ExpandProcessTitle(program_, config)) Show(*title);
}

void ProcessTitle::Show(std::string_view title) {
  if (begin_ == nullptr) return;
  title = UntilNul(title).substr(0, std::min(kMaxBytes, place_bytes_ - 1));
  const size_t bytes = title.size() + 1;
  std::memset(begin_, 0, std::max({arguments_bytes_, used_bytes_, bytes}));
  std::memcpy(begin_, title.data(), title.size());
  // The kernel shows as many bytes as the command line has had, be they zeros; but where the last
  // one of them is not zero, it shows what there is up to the first zero.
  if (bytes < arguments_bytes_) begin_[arguments_bytes_ - 1] = '.';
  used_bytes_ = bytes;
}

}  // namespace ebb
