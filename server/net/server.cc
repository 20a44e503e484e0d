// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "server/log.h"
#include "server/net/address.h"
#include "server/request_limits.h"

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

}  // namespace

Server::Server(asio::io_context& io, Engine& engine)
    : io_(io),
      engine_(engine),
      poller_(io),
      parser_limits_(RequestLimits(engine)),
      scratch_(new char[Poller::kGroup * kScratchStride]),
      listening_(io, poller_, engine, [this](int fd) { Welcome(fd); }),
      background_(io, engine) {
  engine_.config().OnChange({"proto-max-bulk-len", "client-query-buffer-limit"},
                            [this] { parser_limits_ = RequestLimits(engine_); });
}

Server::~Server() {
  Stop();
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
                       background_.ScheduleWaiting();
                       return NextWait();
                     },
                 .pause = [this] { ++engine_.counters().wakeup_pauses; },
                 .interrupt = [this] { ++engine_.counters().wakeup_interrupts; },
                 .begin =
                     [this] {
                       engine_.slices().Begin();
                       turn_began_ns_ = engine_.slices().begin_ns();
                     }});
  listening_.Start();
  engine_.NoteStartup();
  background_.Start();
}

void Server::Stop() {
  if (stopped_) return;
  stopped_ = true;
  listening_.Stop();
  for (auto& [raw, connection] : connections_) {
    if (!connection->closed()) connection->Flush();
  }
  to_flush_.clear();
  to_resume_.clear();
  dead_.clear();
  connections_.clear();
  poller_.Stop();
  background_.Stop();
}

Poller::Wait Server::NextWait() {
  using std::chrono::nanoseconds;
  Poller::Wait wait{.patience = Patience()};
  wait.pause =
      pace_.Served(nanoseconds(looked_ns_), nanoseconds(engine_.slices().begin_ns()),
                   std::chrono::microseconds(engine_.options().wakeup_pause_us), wait.patience);
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
  if (background_.busy()) return turn < kBusyTurn ? kDue.zero() : kDue;
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
  if (raw->Start()) return;
  log::Warning("Watching a client failed: {}", std::strerror(errno));
  raw->Close();
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
    background_.ScheduleWaiting();
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

}  // namespace ebb::net
