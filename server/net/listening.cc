// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/listening.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/local/stream_protocol.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "server/net/address.h"
#include "server/text.h"

namespace ebb::net {
namespace {

// What a word of 'bind' stands for: an address, every address of a family, or a name of this
// machine such as localhost, of which the first IPv4 address counts.
asio::ip::address AddressToBind(asio::io_context& io, const std::string& word,
                                asio::error_code& error) {
  const asio::ip::address given = asio::ip::make_address(AnyAddress(word), error);
  if (!error) return given;
  const auto found = asio::ip::tcp::resolver(io).resolve(asio::ip::tcp::v4(), word, "", error);
  return error ? given : found.begin()->endpoint().address();
}

// Why the Unix socket at `path` has to stay; nothing when the server that left it there is gone.
std::string WhyInUse(asio::io_context& io, const std::string& path) {
  asio::error_code error;
  asio::local::stream_protocol::socket probe(io);
  probe.open({}, error);
  if (!error) probe.non_blocking(true, error);
  if (!error) probe.connect(path, error);
  if (!error || error == asio::error::would_block) {
    return "it is in use. Is another server running there?";
  }
  if (error == asio::error::connection_refused) return {};
  return fmt::format("whether it is in use cannot be found out: {}. Remove it if it is not",
                     error.message());
}

// Makes way for a Unix socket at `path`: what a server that is gone has left there is removed, and
// an empty file that was made to have the name. Answers what is wrong, nothing when the path is
// free.
std::string ClearSocketPath(asio::io_context& io, const std::string& path) {
  const auto problem = [&path](std::string_view what) {
    return fmt::format("could not listen on unix socket {}: {}", path, what);
  };
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    unlink(path.c_str());  // a link to nowhere
    return {};
  }
  if (S_ISSOCK(found.st_mode)) {
    if (const std::string why = WhyInUse(io, path); !why.empty()) return problem(why);
  } else if (!S_ISREG(found.st_mode) || found.st_size > 0) {
    return problem("there is a file that is no socket");
  }
  if (unlink(path.c_str()) == 0) return {};
  return problem(
      fmt::format("what a former server has left cannot be removed: {}", std::strerror(errno)));
}

}  // namespace

Listening::Listening(asio::io_context& io, Poller& poller, Engine& engine,
                     std::function<void(int)> welcome)
    : io_(io), poller_(poller), engine_(engine), welcome_(std::move(welcome)) {}

void Listening::Start() {
  for (auto& listener : tcp_) listener->Start();
  if (unix_ != nullptr) unix_->Start();
}

// The name goes before the socket: who starts at the same path finds it in use, or free, but never
// takes it in between.
void Listening::Stop() {
  tcp_.clear();
  struct stat found {};
  // Who found the name gone may have taken it.
  if (unix_ != nullptr && lstat(unix_file_.path.c_str(), &found) == 0 &&
      found.st_dev == unix_file_.device && found.st_ino == unix_file_.inode) {
    unlink(unix_file_.path.c_str());
  }
  unix_.reset();
}

std::string Listening::Open() {
  const Config& options = engine_.options();
  std::vector<Place> places;
  std::string problem = FindPlaces(&places);
  if (problem.empty()) problem = OpenTcp(places);
  if (problem.empty() && !options.unixsocket.empty()) problem = OpenUnix(options.unixsocket);
  if (!problem.empty()) return problem;
  if (tcp_.empty() && unix_ == nullptr) {
    return "nothing to listen on: 'port' is 0 or 'bind' is empty, and there is no 'unixsocket'";
  }
  for (const std::string_view option : {"port", "bind"}) {
    engine_.config().OnAttempt(option, [this, option] { return Reopen(option); });
  }
  return {};
}

std::string Listening::FindPlaces(std::vector<Place>* places) {
  const Config& options = engine_.options();
  if (options.port == 0) return {};
  for (std::string word : options.bind) {
    const bool optional = word.starts_with('-');
    if (optional) word.erase(0, 1);
    asio::error_code error;
    const asio::ip::address address = AddressToBind(io_, word, error);
    if (error) return fmt::format("'{}' is not an address to bind to", UntilNul(word));
    places->push_back({std::move(word), {address, static_cast<uint16_t>(options.port)}, optional});
  }
  return {};
}

std::string Listening::OpenTcp(const std::vector<Place>& places) {
  tcp_.clear();
  open_.reset();
  for (const Place& place : places) {
    std::string problem = OpenTcp(place);
    if (!problem.empty()) return problem;
  }
  if (tcp_.empty() && !places.empty()) {
    return fmt::format("none of the addresses in 'bind' could be opened on port {}",
                       engine_.options().port);
  }
  open_ = places;
  return {};
}

// CONFIG SET port or bind. When the new addresses cannot be had, the configuration calls again with
// the old ones.
std::string Listening::Reopen(std::string_view changed) {
  std::vector<Place> places;
  std::string problem = FindPlaces(&places);
  // While one name cannot be resolved the former ones, to go back to, may be just as unknown. So
  // nothing is closed then, and there is nothing to open again.
  if (problem.empty() && places != open_) {
    const std::optional<std::vector<Place>> before = open_;
    problem = OpenTcp(places);
    // Not by their names, which may be unknown at this moment.
    if (!problem.empty() && before) OpenTcp(*before);
    for (auto& listener : tcp_) listener->Start();
  }
  if (problem.empty()) return {};
  return fmt::format("{} {}",
                     changed == "bind" ? "Failed to bind to specified addresses."
                                       : "Unable to listen on this port. Check server logs.",
                     problem);
}

std::string Listening::OpenTcp(const Place& place) {
  const Config& options = engine_.options();
  asio::error_code error;
  Listener::Acceptor acceptor(io_);
  acceptor.open(place.endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (place.endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    acceptor.bind(place.endpoint, error);
  }
  if (!error) acceptor.listen(options.tcp_backlog, error);
  if (error) {
    // An address that this machine does not have is no failure with the '-' prefix; a taken port
    // is.
    const bool absent = error.value() == EADDRNOTAVAIL || error.value() == EAFNOSUPPORT;
    if (place.optional && absent) return {};
    std::string_view advice;
    if (error.value() == EADDRINUSE) {
      advice = ". Is another server running there? Choose another port";
    } else if (error.value() == EACCES && options.port < 1024) {
      advice = ". Ports below 1024 need root";
    }
    return fmt::format("could not listen on {}:{}: {}{}", place.word, options.port, error.message(),
                       advice);
  }
  tcp_.push_back(MakeListener(std::move(acceptor)));
  return {};
}

std::string Listening::OpenUnix(const std::string& path) {
  const Config& options = engine_.options();
  constexpr size_t kTooLong = sizeof(sockaddr_un::sun_path);
  if (path.size() >= kTooLong) {
    return fmt::format("unix socket path too long ({}), must be under {}", path.size(), kTooLong);
  }
  if (std::string problem = ClearSocketPath(io_, path); !problem.empty()) return problem;
  asio::error_code error;
  Listener::Acceptor acceptor(io_);
  const asio::local::stream_protocol::endpoint endpoint(path);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(options.tcp_backlog, error);
  if (error) return fmt::format("could not listen on unix socket {}: {}", path, error.message());
  if (options.unixsocketperm != 0) chmod(path.c_str(), options.unixsocketperm);
  struct stat made {};
  lstat(path.c_str(), &made);
  // Its own wherever the process goes.
  std::error_code ignored;
  unix_file_ = {.path = std::filesystem::absolute(path, ignored).string(),
                .device = made.st_dev,
                .inode = made.st_ino};
  unix_ = MakeListener(std::move(acceptor));
  return {};
}

std::unique_ptr<Listener> Listening::MakeListener(Listener::Acceptor acceptor) {
  return std::make_unique<Listener>(poller_, std::move(acceptor), welcome_);
}

}  // namespace ebb::net
