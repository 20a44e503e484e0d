// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/pid_file.h"

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "server/log.h"

namespace ebb {

PidFile::PidFile(const std::string& path) {
  if (path.empty()) return;
  // Empty where the working directory is gone; the file cannot be written then either.
  std::error_code ignored;
  path_ = std::filesystem::absolute(path, ignored).string();
  std::ofstream file(path_);
  // What the stream still keeps to itself has not met a full disk yet.
  if (file << getpid() << "\n" << std::flush) return;
  log::Warning("Cannot write the pid file '{}': {}", path, std::strerror(errno));
}

PidFile::~PidFile() {
  std::error_code ignored;
  // A pipe has nothing to be read back, for ever.
  if (path_.empty() || !std::filesystem::is_regular_file(path_, ignored)) return;
  pid_t written = 0;
  if (std::ifstream(path_) >> written && written == getpid()) unlink(path_.c_str());
}

}  // namespace ebb
