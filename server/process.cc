// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "server/config_options.h"
#include "server/log.h"
#include "server/memory_limits.h"
#include "server/process_title.h"
#include "server/system_memory.h"
#include "server/version.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defrag_advisor.h"

namespace ebb {
namespace {

// Descriptors that are not clients: listening sockets, logs, epoll sets.
constexpr rlim_t kReservedFiles = 32;

rlim_t FilesFor(int64_t clients) {
  return static_cast<rlim_t>(clients) + kReservedFiles;
}

// Raises the limit of open files, where it is lower, until `clients` fit, or as far as the system
// permits. Answers how many clients fit then, at most `clients`.
int64_t MakeRoomForClients(int64_t clients) {
  const rlim_t wanted = FilesFor(clients);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return clients;
  rlimit raised{wanted, std::max(wanted, limit.rlim_max)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return clients;
  raised = {std::min(wanted, limit.rlim_max), limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<int64_t>(std::max(limit.rlim_cur, kReservedFiles) - kReservedFiles);
}

// At the start fewer clients are better than none.
bool FitMaxClients(ConfigStore& config) {
  const int64_t wanted = config.values().maxclients;
  const int64_t possible = MakeRoomForClients(wanted);
  if (possible == 0) {
    log::Warning("The limit of open files leaves none for clients. Raise it: ulimit -n {}",
                 FilesFor(wanted));
    return false;
  }
  if (possible < wanted) {
    log::Warning(
        "maxclients is lowered to {}: this process may open {} files. For more: ulimit -n {}",
        possible, FilesFor(possible), FilesFor(wanted));
  }
  config.mutable_values().maxclients = possible;
  return true;
}

bool GoToBackground() {
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid > 0) _exit(0);
  setsid();
  const int null = open("/dev/null", O_RDWR);
  if (null < 0) return true;
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  if (null > STDERR_FILENO) close(null);
  return true;
}

// Who is supervised stays where the supervisor has put it.
bool InBackground(const Config& options) {
  return options.daemonize && !IsSupervised(options);
}

// systemd's protocol: one datagram to the socket that it names.
void NotifySupervisor(const Config& options, const std::string& state) {
  if (!IsSupervised(options)) return;
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size);
  close(fd);
}

// As of what else is wrong in the configuration. Only all of it says whether a template is valid,
// since {unixsocket} may be nothing.
std::string TitleProblem(const ConfigStore& config) {
  return fmt::format("\n*** CONFIGURATION ERROR (Ebb {}) ***\n>>> {}\n{}\n", kVersion,
                     OptionLine(*FindOption("proc-title-template"), config.values()),
                     kInvalidTitleTemplate);
}

// What the server should have beyond what it takes itself, so that it can hold something.
constexpr size_t kRoomForData = size_t{1} << 20;

// What is held and may be held, as the log begins with it.
void AnnounceMemory(const Config& options) {
  log::Notice("Nothing is kept on disk: the data lives in memory alone");
  const MemoryLimits limits = ResolveMemoryLimits(options, DetectMemoryLimit());
  const MemoryLimitsText memory = DescribeMemoryLimits(options, limits);
  log::Notice("{}", memory.notice);
  for (const std::string& warning : memory.warnings) log::Warning("{}", warning);
  const size_t used = memory::UsedMemory();
  if (limits.maxmemory != 0 && limits.maxmemory < used + kRoomForData && memory.warnings.empty()) {
    log::Warning(
        "maxmemory is {}, and the server takes {} before it holds any data: next to no room is "
        "left. Is a unit missing (100mb, 2gb)?",
        HumanBytes(limits.maxmemory), HumanBytes(used));
  }
}

// Files that were written for Redis often have its defaults in them, and so switch off what Ebb is
// there for.
void AnnounceBlockingFrees(const Config& options) {
  std::vector<std::string_view> names;
  for (const ConfigOption& option : AllOptions()) {
    if (option.name.starts_with("lazyfree-lazy-") && FormatOption(option, options) == "no") {
      names.push_back(option.name);
    }
  }
  if (names.empty()) return;
  log::Notice(
      "Set to no, which is Redis's default where Ebb's is yes: {}. Clients wait while big "
      "values are freed",
      fmt::join(names, ", "));
}

void SetLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return log::SetLevel(spdlog::level::trace);
    case LogLevel::kVerbose:
      return log::SetLevel(spdlog::level::debug);
    case LogLevel::kNotice:
      return log::SetLevel(spdlog::level::info);
    case LogLevel::kWarning:
      return log::SetLevel(spdlog::level::warn);
  }
}

}  // namespace

std::string CommandToTry(const Config& options) {
  // An address that may be missing is none to rely on.
  const auto sure = [](std::string_view bind) { return !bind.empty() && !bind.starts_with('-'); };
  const auto host = std::ranges::find_if(options.bind, sure);
  std::string command = "redis-cli";
  if (options.port == 0 || host == options.bind.end()) {
    if (options.unixsocket.empty()) return {};
    std::error_code ignored;
    command +=
        fmt::format(" -s {}", std::filesystem::absolute(options.unixsocket, ignored).string());
  } else {
    // Where it goes by itself, and what includes that.
    constexpr std::string_view kReached[] = {"127.0.0.1", "*", "0.0.0.0", "localhost"};
    const auto reached = [&](std::string_view bind) {
      return std::ranges::find(kReached, bind) != std::end(kReached);
    };
    if (std::ranges::none_of(options.bind, reached)) {
      command += fmt::format(" -h {}", *host == "::*" || *host == "::" ? "::1" : *host);
    }
    command += fmt::format(" -p {}", options.port);
  }
  if (!options.requirepass.empty()) command += " -a PASSWORD";
  return command + " set greeting hello";
}

bool IsSupervised(const Config& options) {
  return options.supervised != Supervisor::kNo && std::getenv("NOTIFY_SOCKET") != nullptr;
}

std::optional<int> LoadConfiguration(ConfigStore& config, int argc, char** argv) {
  ConfigStore::Launch launch = config.LoadArguments({argv + 1, argv + argc}, std::cin);
  if (!launch.exit_code && !ExpandProcessTitle("", config)) launch = {1, TitleProblem(config)};
  fmt::print(launch.exit_code.value_or(0) == 0 ? stdout : stderr, "{}", launch.text);
  return launch.exit_code;
}

bool PrepareProcess(ConfigStore& config) {
  const Config& options = config.values();
  SetLevel(options.loglevel);
  if (!options.dir.empty() && chdir(options.dir.c_str()) != 0) {
    log::Warning("Cannot change to the directory '{}' (dir): {}", options.dir,
                 std::strerror(errno));
    return false;
  }
  if (!log::Open(options.logfile)) {
    fmt::print(stderr, "Cannot open the log file '{}' (logfile): {}\n", options.logfile,
               std::strerror(errno));
    return false;
  }
  if (options.supervised == Supervisor::kSystemd && !IsSupervised(options)) {
    log::Warning("supervised is systemd, but NOTIFY_SOCKET is not set: nobody is told when ready");
  }
  if (InBackground(options) && !GoToBackground()) {
    fmt::print(stderr, "Cannot go to the background (daemonize): {}\n", std::strerror(errno));
    return false;
  }
  // Warnings, so that no loglevel hides it.
  for (const std::string& line : config.set_aside_notice()) log::Warning("{}", line);
  // In whose alphabet SORT ALPHA sorts.
  std::setlocale(LC_COLLATE, "");
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  if (!FitMaxClients(config)) return false;
  config.OnAttempt("maxclients", [&config]() -> std::string {
    const int64_t possible = MakeRoomForClients(config.values().maxclients);
    if (possible >= config.values().maxclients) return {};
    return fmt::format(
        "The operating system is not able to handle the specified number of clients, try with {}",
        possible);
  });
  config.OnChange("loglevel", [&config] { SetLevel(config.values().loglevel); });
  config.OnAttempt("dir", [&config]() -> std::string {
    if (chdir(config.values().dir.c_str()) == 0) return {};
    return std::strerror(errno);
  });
  return true;
}

std::string PidFilePath(const Config& options) {
  if (options.pidfile.empty() && InBackground(options)) return "/var/run/ebb.pid";
  return options.pidfile;
}

void AnnounceReady(const Config& options) {
  log::Notice("Ebb {}, pid {}, allocator {}", kVersion, getpid(), memory::Name());
  if (options.port != 0) {
    log::Notice("Listening on port {} (bind {})", options.port, fmt::join(options.bind, " "));
  }
  if (!options.unixsocket.empty()) log::Notice("Listening on unix socket {}", options.unixsocket);
  AnnounceMemory(options);
  AnnounceBlockingFrees(options);
  const std::string_view unable = memory::DefragAdvisor::Unable();
  if (options.activedefrag && !unable.empty()) {
    log::Warning("Active defragmentation will not work: {}", unable);
  }
  if (const std::string command = CommandToTry(options); !command.empty()) {
    log::Notice("Try it: {}   (options: ebb-server --help)", command);
  }
  // What waits for a server in a container looks for this line.
  log::Notice("Ready to accept connections");
  NotifySupervisor(
      options, fmt::format("READY=1\nMAINPID={}\nSTATUS=Ready to accept connections\n", getpid()));
}

void FinishProcess(const Config& options, size_t keys) {
  NotifySupervisor(options, "STOPPING=1\n");
  if (keys > 0) log::Notice("Keys that are gone now, for nothing is kept on disk: {}", keys);
  log::Notice("Ebb is now ready to exit, bye bye...");
}

}  // namespace ebb
