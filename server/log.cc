// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/log.h"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

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

// What is said, less what is beyond the limit.
class Message : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const size_t size = std::min(line.payload.size(), kMaxMessageBytes);
    out.append(line.payload.data(), line.payload.data() + size);
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<Message>();
  }
};

std::unique_ptr<spdlog::formatter> LineFormat() {
  auto format = std::make_unique<spdlog::pattern_formatter>();
  format->add_flag<LevelMark>('*').add_flag<Message>('v');
  format->set_pattern("%P:M %d %b %Y %H:%M:%S.%e %* %v");
  return format;
}

// Where the file is; empty for standard output.
std::string file_path;

int OpenToAppend(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

// Writes each line to the file that has the name now: who moves the file away, as logrotate does,
// finds the next line in a new one.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)) { Reopen(); }
  ~FileSink() override {
    if (fd_ >= 0) close(fd_);
  }

  bool is_open() const { return fd_ >= 0; }
  int error() const { return error_; }  // of the last attempt to open it

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (!IsNamed()) Reopen();
    spdlog::memory_buf_t text;
    formatter_->format(line, text);
    // A line that cannot be written is lost; there is nobody to tell.
    [[maybe_unused]] const ssize_t written = write(fd_, text.data(), text.size());
  }
  void flush_() override {}

 private:
  // Whether the name is still that of the open file.
  bool IsNamed() const {
    struct stat open_file;
    struct stat named;
    return fstat(fd_, &open_file) == 0 && stat(path_.c_str(), &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
  }

  // Opens the file by its name; where that fails, things stay as they are.
  void Reopen() {
    const int fd = OpenToAppend(path_);
    error_ = fd < 0 ? errno : 0;
    if (fd < 0) return;
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

  const std::string path_;
  int fd_ = -1;
  int error_ = 0;
};

}  // namespace

bool Open(const std::string& path) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  std::string absolute;
  if (path.empty()) {
    sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  } else {
    // Where the working directory is gone, there is no such path.
    std::error_code error;
    absolute = std::filesystem::absolute(path, error).string();
    if (error) {
      errno = error.value();
      return false;
    }
    auto file = std::make_shared<FileSink>(absolute);
    if (!file->is_open()) {
      errno = file->error();
      return false;
    }
    sink = std::move(file);
  }
  const auto level = spdlog::default_logger_raw()->level();
  auto logger = std::make_shared<spdlog::logger>("ebb", std::move(sink));
  logger->set_formatter(LineFormat());
  logger->set_level(level);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  file_path = std::move(absolute);
  return true;
}

int OpenFile() {
  return OpenToAppend(file_path);
}

void SetLevel(spdlog::level::level_enum level) {
  spdlog::default_logger_raw()->set_level(level);
}

}  // namespace ebb::log
