// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/types.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/engine.h"
#include "server/net/listener.h"
#include "server/net/poller.h"

namespace ebb::net {

// The sockets that the configuration has the server listen on (bind, port, unixsocket).
//
// Ownership: owns them, and the Unix socket's name. Thread: engine thread.
class Listening {
 public:
  // `welcome(int fd)` takes over each new connection. All others outlive this.
  Listening(asio::io_context& io, Poller& poller, Engine& engine, std::function<void(int)> welcome);
  ~Listening() { Stop(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  // Opens what the configuration names, and from here on what CONFIG SET does. An empty string, or
  // what went wrong in words for the user.
  std::string Open();

  // Starts accepting.
  void Start();

  // Closes all.
  void Stop();

 private:
  // One of 'bind'.
  struct Place {
    std::string word;  // as it was given
    asio::ip::tcp::endpoint endpoint;
    bool optional;  // the machine may not have it

    bool operator==(const Place&) const = default;
  };
  // The socket that has a path of the file system, whatever else gets that path later.
  struct SocketFile {
    std::string path;  // absolute
    dev_t device = 0;
    ino_t inode = 0;
  };

  std::string FindPlaces(std::vector<Place>* places);
  std::string OpenTcp(const std::vector<Place>& places);
  std::string OpenTcp(const Place& place);
  std::string OpenUnix(const std::string& path);
  std::string Reopen(std::string_view changed);
  std::unique_ptr<Listener> MakeListener(Listener::Acceptor acceptor);

  asio::io_context& io_;
  Poller& poller_;
  Engine& engine_;
  const std::function<void(int)> welcome_;
  std::vector<std::unique_ptr<Listener>> tcp_;
  std::optional<std::vector<Place>> open_;  // what those are of; nothing if some are missing
  std::unique_ptr<Listener> unix_;
  SocketFile unix_file_;
};

}  // namespace ebb::net
