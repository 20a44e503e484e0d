// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "server/log.h"
#include "server/net/address.h"
#include "server/request_limits.h"
#include "server/text.h"

namespace ebb::net {
namespace {

constexpr std::string_view kProtectedModeMessage =
    "-DENIED Ebb is running in protected mode because protected mode is enabled and no password is "
    "set for the default user. In this mode connections are only accepted from the loopback "
    "interface. To connect from elsewhere, either set a password with the 'requirepass' option, "
    "or, if nobody else can reach the port, run CONFIG SET protected-mode no from the loopback "
    "interface (add CONFIG REWRITE to keep it), or start the server with --protected-mode no.\r\n";

void SetTcpOptions(int fd, int keepalive_seconds) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (keepalive_seconds == 0) return;
  const int probe_seconds = std::max(keepalive_seconds / 3, 1);
  const int probes = 3;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_seconds, sizeof keepalive_seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe_seconds, sizeof probe_seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

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

Server::Server(asio::io_context& io, Engine& engine)
    : io_(io),
      engine_(engine),
      poller_(io),
      parser_limits_(RequestLimits(engine)),
      scratch_(new char[Poller::kGroup * kScratchStride]),
      cron_timer_(io),
      expire_timer_(io),
      defrag_timer_(io),
      blocked_timer_(io),
      reclaim_timer_(io) {
  engine_.config().OnChange({"proto-max-bulk-len", "client-query-buffer-limit"},
                            [this] { parser_limits_ = RequestLimits(engine_); });
}

Server::~Server() {
  Stop();
}

std::string Server::Listen() {
  const Config& options = engine_.options();
  std::string problem = ListenTcp();
  if (problem.empty() && !options.unixsocket.empty()) problem = ListenUnix(options.unixsocket);
  if (!problem.empty()) return problem;
  if (listeners_.empty() && unix_listener_ == nullptr) {
    return "nothing to listen on: 'port' is 0 or 'bind' is empty, and there is no 'unixsocket'";
  }
  for (const std::string_view option : {"port", "bind"}) {
    engine_.config().OnAttempt(option, [this, option] { return Relisten(option); });
  }
  return {};
}

std::string Server::ListenTcp() {
  const Config& options = engine_.options();
  if (options.port == 0) return {};
  for (std::string address : options.bind) {
    const bool optional = address.starts_with('-');
    if (optional) address.erase(0, 1);
    std::string problem = ListenTcp(address, optional);
    if (!problem.empty()) return problem;
  }
  if (!listeners_.empty() || options.bind.empty()) return {};
  return fmt::format("none of the addresses in 'bind' could be opened on port {}", options.port);
}

// CONFIG SET port or bind. When the new addresses cannot be had, the configuration calls again with
// the old ones.
std::string Server::Relisten(std::string_view changed) {
  listeners_.clear();
  std::string problem = ListenTcp();
  for (auto& listener : listeners_) listener->Start();
  if (problem.empty()) return {};
  return fmt::format("{} {}",
                     changed == "bind" ? "Failed to bind to specified addresses."
                                       : "Unable to listen on this port. Check server logs.",
                     problem);
}

std::string Server::ListenTcp(const std::string& address, bool optional) {
  const Config& options = engine_.options();
  asio::error_code error;
  const auto where = AddressToBind(io_, address, error);
  if (error) return fmt::format("'{}' is not an address to bind to", UntilNul(address));
  const asio::ip::tcp::endpoint endpoint(where, static_cast<uint16_t>(options.port));
  Listener::Acceptor acceptor(io_);
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (where.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    acceptor.bind(endpoint, error);
  }
  if (!error) acceptor.listen(options.tcp_backlog, error);
  if (error) {
    // An address that this machine does not have is no failure with the '-' prefix; a taken port
    // is.
    const bool absent = error.value() == EADDRNOTAVAIL || error.value() == EAFNOSUPPORT;
    if (optional && absent) return {};
    std::string_view advice;
    if (error.value() == EADDRINUSE) {
      advice = ". Is another server running there? Choose another port";
    } else if (error.value() == EACCES && options.port < 1024) {
      advice = ". Ports below 1024 need root";
    }
    return fmt::format("could not listen on {}:{}: {}{}", address, options.port, error.message(),
                       advice);
  }
  listeners_.push_back(MakeListener(std::move(acceptor)));
  return {};
}

std::string Server::ListenUnix(const std::string& path) {
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
  unix_path_ = path;
  unix_listener_ = MakeListener(std::move(acceptor));
  return {};
}

std::unique_ptr<Listener> Server::MakeListener(Listener::Acceptor acceptor) {
  return std::make_unique<Listener>(poller_, std::move(acceptor), [this](int fd) { Welcome(fd); });
}

void Server::Start() {
  poller_.Start({.before =
                     [this] {
                       engine_.slices().Begin();
                       looked_ns_ = engine_.slices().begin_ns();
                       engine_.RefreshTime();
                     },
                 .between =
                     [this] {
                       RunGroup();
                       engine_.slices().Next(SliceKind::kCommands);
                     },
                 .after =
                     [this] {
                       if (!to_flush_.empty() || !to_resume_.empty() || !dead_.empty()) {
                         AfterBatch();
                         engine_.slices().End(SliceKind::kResumed);
                       }
                       ScheduleWaiting();
                       return NextWait();
                     },
                 .begin =
                     [this] {
                       engine_.slices().Begin();
                       turn_began_ns_ = engine_.slices().begin_ns();
                     }});
  for (auto& listener : listeners_) listener->Start();
  if (unix_listener_ != nullptr) unix_listener_->Start();
  engine_.NoteStartup();
  ScheduleCron();
}

void Server::Stop() {
  if (stopped_) return;
  stopped_ = true;
  listeners_.clear();
  // In this order: who starts at the same path finds it in use, or free, but never takes it in
  // between.
  if (!unix_path_.empty()) unlink(unix_path_.c_str());
  unix_listener_.reset();
  for (auto& [raw, connection] : connections_) {
    if (!connection->closed()) connection->Flush();
  }
  to_flush_.clear();
  to_resume_.clear();
  dead_.clear();
  connections_.clear();
  poller_.Stop();
  cron_timer_.cancel();
  expire_timer_.cancel();
  defrag_timer_.cancel();
  blocked_timer_.cancel();
  reclaim_timer_.cancel();
}

Poller::Wait Server::NextWait() {
  using std::chrono::nanoseconds;
  Poller::Wait wait{.patience = Patience()};
  wait.pause =
      pace_.Served(nanoseconds(looked_ns_), nanoseconds(engine_.slices().begin_ns()),
                   std::chrono::microseconds(engine_.options().wakeup_pause_us), wait.patience);
  if (wait.pause > wait.pause.zero()) ++engine_.counters().wakeup_pauses;
  return wait;
}

// How long the loop's other work may wait for clients, negative: it is due. Timers of a cycle that
// is not done yet wait for those who are ready, clients whose commands go on in another slice do
// not wait.
std::chrono::nanoseconds Server::Patience() const {
  constexpr std::chrono::nanoseconds kDue{-1};
  constexpr std::chrono::nanoseconds kBusyTurn = std::chrono::milliseconds(1);
  if (stopped_ || after_batch_scheduled_) return kDue;
  const std::chrono::nanoseconds turn{engine_.slices().begin_ns() - turn_began_ns_};
  const bool busy =
      engine_.cron().expire_pending() || engine_.cron().defrag_pending() || reclaim_scheduled_;
  if (busy) return turn < kBusyTurn ? kDue.zero() : kDue;
  // Cron's ticks are late by half of one at most.
  const auto longest = std::min<std::chrono::nanoseconds>(
      std::chrono::milliseconds(5), std::chrono::milliseconds(500) / engine_.options().hz);
  return turn < longest ? longest - turn : kDue;
}

void Server::Refuse(int fd, std::string_view message) {
  ++engine_.counters().connections_rejected;
  [[maybe_unused]] const ssize_t sent =
      send(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
}

void Server::Welcome(int fd) {
  const Config& options = engine_.options();
  if (engine_.clients().all().size() >= static_cast<size_t>(options.maxclients)) {
    return Refuse(fd, "-ERR max number of clients reached\r\n");
  }
  const SocketNames names = NamesOf(fd);
  if (options.protected_mode && options.requirepass.empty() && !names.is_unix &&
      !names.is_loopback) {
    return Refuse(fd, kProtectedModeMessage);
  }
  if (!names.is_unix) SetTcpOptions(fd, options.tcp_keepalive_seconds);
  engine_.RefreshTime();
  auto connection = std::make_unique<Connection>(*this, fd, names.peer, names.local);
  connection->session().is_unix_socket = names.is_unix;
  connection->session().is_loopback = names.is_loopback;
  ++engine_.counters().connections_received;
  log::Verbose("Accepted {}", names.peer);
  Connection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  if (!raw->Start()) raw->Close();
}

void Server::FlushLater(Connection* connection) {
  to_flush_.push_back(connection);
  ScheduleAfterBatch();
}

void Server::ResumeLater(Connection* connection) {
  to_resume_.push_back(connection);
  ScheduleAfterBatch();
}

void Server::Bury(Connection* connection) {
  dead_.push_back(connection);
  ScheduleAfterBatch();
}

void Server::ScheduleAfterBatch() {
  if (after_batch_scheduled_ || stopped_) return;
  after_batch_scheduled_ = true;
  asio::post(io_, [this] {
    after_batch_scheduled_ = false;
    if (stopped_) return;
    const WorkSlice slice(engine_.slices(), SliceKind::kResumed);
    engine_.RefreshTime();
    AfterBatch();
    ScheduleWaiting();
  });
}

// Step by step for all instead of connection by connection: what is fetched for one arrives while
// the others are looked at, and the kernel's code for receiving and for sending stays in the cache.
// Where a slice is over, those who have had their turn are answered first; the next one begins with
// the next in the group, so that who came first is served first.
void Server::RunGroup() {
  for (Connection* connection : to_run_) connection->FetchLoneEntry();
  size_t answered = 0;
  const auto answer = [&](size_t end) {
    for (; answered < end; ++answered) {
      if (!to_run_[answered]->closed()) to_run_[answered]->Finish();
    }
  };
  engine_.BeginCommands();
  for (size_t i = 0; i < to_run_.size(); ++i) {
    if (!to_run_[i]->closed()) to_run_[i]->Run();
    if (!engine_.SliceOver() || i + 1 == to_run_.size()) continue;
    answer(i + 1);
    engine_.slices().Next(SliceKind::kCommands);
    engine_.BeginCommands();
  }
  answer(to_run_.size());
  to_run_.clear();
}

// Goes through `list`, but for one connection at least no longer than a slice lasts; the rest has
// its turn in the next one.
template <typename Visit>
void Server::WorkOff(std::vector<Connection*>* list, Visit&& visit) {
  // Swapped out first: a visit may ask for more.
  std::vector<Connection*> work;
  work.swap(*list);
  for (size_t i = 0; i < work.size(); ++i) {
    if (i > 0 && engine_.SliceOver()) {
      list->insert(list->begin(), work.begin() + static_cast<ptrdiff_t>(i), work.end());
      return ScheduleAfterBatch();
    }
    if (!work[i]->closed()) visit(*work[i]);
  }
}

void Server::AfterBatch() {
  WorkOff(&to_flush_, [this](Connection& connection) {
    connection.Flush();
    connection.NoteMemory();
    engine_.RefreshTime();  // no command runs here that would look at the clock
  });
  WorkOff(&to_resume_, [](Connection& connection) { connection.Process(); });
  if (dead_.empty()) return;
  // Both lists may have grown meanwhile, also by connections that closed later.
  std::erase_if(to_flush_, [](Connection* connection) { return connection->closed(); });
  std::erase_if(to_resume_, [](Connection* connection) { return connection->closed(); });
  for (Connection* connection : dead_) connections_.erase(connection);
  dead_.clear();
}

// More slices of a cycle that did not finish; a new tick starts over.
void Server::ScheduleExpire() {
  expire_timer_.expires_after(std::chrono::nanoseconds(engine_.cron().expire_pause_ns()));
  expire_timer_.async_wait([this](asio::error_code error) {
    if (error || stopped_) return;
    const WorkSlice slice(engine_.slices(), SliceKind::kExpire);
    engine_.RefreshTime();
    engine_.cron().ExpireCycle();
    if (engine_.cron().expire_pending()) ScheduleExpire();
  });
}

// For commands that are answered later: their deadlines, and the work that some wait for.
void Server::ScheduleWaiting() {
  if (engine_.reclaim().pending() && !reclaim_scheduled_) ScheduleReclaim();
  const int64_t deadline_ms = engine_.blocked().next_deadline_ms();
  if (deadline_ms >= blocked_deadline_ms_) return;
  blocked_deadline_ms_ = deadline_ms;
  // Further ahead than a timer may be set, it only looks again.
  constexpr int64_t kDayMs = 86'400'000;
  const int64_t wait_ms = std::clamp<int64_t>(deadline_ms - engine_.unix_ms(), 0, kDayMs);
  blocked_timer_.expires_after(std::chrono::milliseconds(wait_ms));
  blocked_timer_.async_wait([this](asio::error_code error) {
    if (error || stopped_) return;
    blocked_deadline_ms_ = INT64_MAX;
    const WorkSlice slice(engine_.slices(), SliceKind::kResumed);
    engine_.RefreshTime();
    engine_.blocked().Expire(engine_.unix_ms());
    ScheduleWaiting();
  });
}

void Server::ScheduleReclaim() {
  reclaim_scheduled_ = true;
  reclaim_timer_.expires_after(std::chrono::nanoseconds(engine_.reclaim().pause_ns()));
  reclaim_timer_.async_wait([this](asio::error_code error) {
    if (error || stopped_) return;
    reclaim_scheduled_ = false;
    const WorkSlice slice(engine_.slices(), SliceKind::kReclaim);
    engine_.RefreshTime();
    engine_.reclaim().RunSlice();
    if (engine_.reclaim().pending()) ScheduleReclaim();
  });
}

void Server::ScheduleDefrag() {
  defrag_timer_.expires_after(std::chrono::nanoseconds(engine_.cron().defrag_pause_ns()));
  defrag_timer_.async_wait([this](asio::error_code error) {
    if (error || stopped_) return;
    const WorkSlice slice(engine_.slices(), SliceKind::kDefrag);
    engine_.cron().DefragSlice();
    if (engine_.cron().defrag_pending()) ScheduleDefrag();
  });
}

void Server::ScheduleCron() {
  cron_timer_.expires_after(std::chrono::microseconds(1'000'000 / engine_.options().hz));
  cron_timer_.async_wait([this](asio::error_code error) {
    if (error || stopped_) return;
    const WorkSlice slice(engine_.slices(), SliceKind::kCron);
    engine_.RefreshTime();
    engine_.cron().Run();
    if (engine_.cron().expire_pending()) ScheduleExpire();
    if (engine_.cron().defrag_pending()) ScheduleDefrag();
    AfterBatch();
    ScheduleCron();
  });
}

}  // namespace ebb::net
