// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <memory>
#include <string_view>

namespace ebb::log {
namespace {

// A line's level as one mark, those of Redis's log: its readers know them.
class LevelMark : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr std::string_view kMarks = ".-*#";  // from spdlog::level::trace on
    out.push_back(kMarks[std::min<size_t>(line.level, kMarks.size() - 1)]);
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<LevelMark>();
  }
};

std::unique_ptr<spdlog::formatter> LineFormat() {
  auto format = std::make_unique<spdlog::pattern_formatter>();
  format->add_flag<LevelMark>('*').set_pattern("%P:M %d %b %Y %H:%M:%S.%e %* %v");
  return format;
}

}  // namespace

bool Open(const std::string& path) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  // The sink would make directories that are missing; a path with a mistake in it is to be said.
  if (!path.empty() && !std::ofstream(path, std::ios::app)) return false;
  try {
    if (path.empty()) {
      sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    }
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
  const auto level = spdlog::default_logger_raw()->level();
  auto logger = std::make_shared<spdlog::logger>("ebb", std::move(sink));
  logger->set_formatter(LineFormat());
  logger->set_level(level);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  return true;
}

void SetLevel(spdlog::level::level_enum level) {
  spdlog::default_logger_raw()->set_level(level);
}

}  // namespace ebb::log
