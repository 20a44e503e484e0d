// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/system_memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>

namespace ebb {
namespace {

// Opens a file that may not be there. Where it may be, but there is nothing left to open it with,
// `*shortage` is set.
std::ifstream Open(const std::string& path, bool* shortage) {
  errno = 0;
  std::ifstream file(path);
  if (!file && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) *shortage = true;
  return file;
}

std::optional<uint64_t> ReadNumber(const std::string& path, bool* shortage) {
  std::ifstream file = Open(path, shortage);
  uint64_t value = 0;
  if (!(file >> value)) return std::nullopt;  // also "max": no limit
  return value;
}

// This process's path in the hierarchy of `controller` ("" for cgroup v2), from /proc/self/cgroup.
std::string GroupPath(const std::string& root, const std::string& controller, bool* shortage) {
  std::ifstream file = Open(root + "/proc/self/cgroup", shortage);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string id, controllers, path;
    std::getline(fields, id, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, path);
    if (("," + controllers + ",").find("," + controller + ",") != std::string::npos) return path;
  }
  return {};
}

// The smallest limit from the process's own group up to the root of the hierarchy.
std::optional<uint64_t> SmallestLimit(const std::string& root, std::string path,
                                      const std::string& file, bool* shortage) {
  std::optional<uint64_t> smallest;
  while (true) {
    const auto limit = ReadNumber(root + path + "/" + file, shortage);
    if (limit && (!smallest || *limit < *smallest)) smallest = limit;
    if (path.empty() || path == "/") return smallest;
    path.erase(path.rfind('/'));
  }
}

}  // namespace

uint64_t MachineMemory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

MemoryLimit DetectMemoryLimit(const MemoryLimit& last, const std::string& root) {
  MemoryLimit limit{MachineMemory(), "this machine"};
  const auto consider = [&](std::optional<uint64_t> bytes, const char* source) {
    if (bytes && *bytes < limit.bytes) limit = {*bytes, source};
  };
  const std::string groups = root + "/sys/fs/cgroup";
  bool shortage = false;
  consider(SmallestLimit(groups, GroupPath(root, "", &shortage), "memory.max", &shortage),
           "the container (cgroup v2)");
  consider(SmallestLimit(groups + "/memory", GroupPath(root, "memory", &shortage),
                         "memory.limit_in_bytes", &shortage),
           "the container (cgroup v1)");
  return shortage && last.known() ? last : limit;
}

ResidentMemory ReadResidentMemory() {
  ResidentMemory memory;
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("Rss")) continue;
    std::istringstream fields(line);
    std::string name;
    uint64_t kilobytes = 0;
    fields >> name >> kilobytes;
    (name == "RssAnon:" ? memory.anonymous : memory.file) += kilobytes * 1024;
  }
  return memory;
}

std::string HumanBytes(uint64_t bytes) {
  constexpr uint64_t kUnit = 1024;
  if (bytes < kUnit) return fmt::format("{}B", bytes);
  double value = static_cast<double>(bytes);
  for (const char unit : {'K', 'M', 'G', 'T', 'P'}) {
    value /= kUnit;
    if (value < kUnit) return fmt::format("{:.2f}{}", value, unit);
  }
  return fmt::format("{}B", bytes);
}

}  // namespace ebb
