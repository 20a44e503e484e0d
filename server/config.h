#pragma once
#include <cstdint>
#include <string>
#include <vector>
namespace ebb {
enum class ProtectedAccess { kNo, kYes, kLocal };
struct Config {
  std::vector<std::string> bind{"127.0.0.1"};
  int port = 6379;
  std::string unixsocket;
  unsigned unixsocketperm = 0;
  bool protected_mode = true;
  std::string requirepass;
  int maxclients = 10000;
  int tcp_keepalive_seconds = 300;
  int tcp_backlog = 511;
  int databases = 16;
  int hz = 10;
  int active_expire_effort = 1;
  uint64_t maxmemory_bytes = 0;
  uint64_t proto_max_bulk_len_bytes = 512u << 20;
  uint64_t client_query_buffer_limit_bytes = 1u << 30;
  ProtectedAccess enable_debug_command = ProtectedAccess::kNo;
};
class ConfigStore {
 public:
  const Config& values() const { return config; }
  Config config;
};
}
