// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "protocol/words.h"
#include "server/client_info.h"
#include "server/left_input.h"
#include "server/log.h"
#include "server/net/server.h"

namespace ebb::net {

Connection::Connection(Server& server, int fd, std::string peer, std::string local)
    : server_(server),
      engine_(server.engine()),
      fd_(fd),
      peer_(std::move(peer)),
      local_(std::move(local)),
      parser_(&server.parser_limits()),
      session_(engine_.chunk_pool(), *this) {
  engine_.Attach(session_);
}

Connection::~Connection() {
  Close();
  LeaveInput(parser_, engine_.disposer());
}

bool Connection::Start() {
  return server_.poller().Add(fd_, Events(), this);
}

void Connection::OnReady(uint32_t events) {
  // Where the client has gone, nothing can be sent, but what it has sent can still be read.
  if (events & (EPOLLHUP | EPOLLERR)) peer_gone_ = true;
  if ((events & EPOLLOUT) && !peer_gone_) {
    Flush();
    if (!closed() && !yielded_) Process();
  }
  // Who interrupts a pause is told of, whatever is watched.
  if (!watching_readable_) events &= ~uint32_t{EPOLLIN};
  constexpr uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (closed() || !(events & (EPOLLIN | kEnd))) return;
  // No more is received while commands wait for their turn: who sends faster than they can be run
  // is to wait, too. What stands before the end of the stream, or before urgent data, may be all
  // that is read now.
  if (yielded_ || (events & (kEnd | EPOLLPRI))) tell_again_ = true;
  if (!yielded_) Read();
}

// As `recv` answers.
ssize_t Connection::Receive(std::span<char> target) {
  if (!session_.is_unix_socket) return recv(fd_, target.data(), target.size(), MSG_DONTWAIT);
  // Behind what came with descriptors a read ends early. They are closed, as nobody takes them, and
  // only this call says that there were any.
  iovec part{.iov_base = target.data(), .iov_len = target.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t count = recvmsg(fd_, &message, MSG_DONTWAIT);
  if (count > 0 && (message.msg_flags & MSG_CTRUNC)) tell_again_ = true;
  return count;
}

void Connection::Read() {
  const std::span<char> target = parser_.ReadTarget(server_.scratch());
  const ssize_t count = Receive(target);
  if (count <= 0) {
    const bool none_yet = count < 0 && errno == EAGAIN;  // never EINTR: it does not wait
    parser_.Release();  // what waits has gone to the scratch, which is everybody's
    if (!none_yet) EndInput();
    return;
  }
  if (static_cast<size_t>(count) == target.size()) tell_again_ = true;
  parser_.BytesRead(static_cast<size_t>(count));
  session_.last_interaction_ms = engine_.steady_ms();
  engine_.counters().net_input_bytes += static_cast<size_t>(count);
  ++engine_.counters().reads_processed;
  server_.poller().SetOfCrowd(fd_, server_.NoteReady(visitor_), this);
  server_.RunSoon(this);
  lone_ = LookAhead::FetchFirst(engine_.db(session_.db), parser_.unparsed());
}

// The client has gone, or says that it sends no more. As in Redis nothing more is sent to it
// either, but what it has sent is run: only for the sake of the output did it wait.
void Connection::EndInput() {
  peer_gone_ = true;
  if (input_ended_) return;
  log::Verbose([this] {
    return "Client closed connection: " + DescribeClient(session_, engine_.steady_ms());
  });
  if (session_.waiting() || session_.closing || !parser_.more()) return Close();
  input_ended_ = true;
  if (!yielded_) server_.ResumeLater(this);
  yielded_ = true;
}

void Connection::FetchLoneEntry() {
  if (lone_.bytes.data() == nullptr) return;
  LookAhead::FetchEntry(engine_.db(session_.db), lone_.hash);
}

void Connection::Process() {
  engine_.BeginCommands();
  Run();
  if (!closed()) Finish();
}

void Connection::Finish() {
  if (input_ended_) {
    if (!yielded_) Close();
    return;
  }
  parser_.Release();
  if (parser_.over_query_buffer_limit()) {
    ++engine_.counters().query_buffer_limit_disconnections;
    log::Warning("Closing client that reached max query buffer length: {}", peer_);
    return Close();
  }
  const bool waits_for_output = session_.output.size() > kOutputPause;
  Flush();
  NoteMemory();
  // What was held back for the output's sake goes on now that it has left; after the others' turn,
  // not before.
  if (waits_for_output && !closed() && !yielded_ && session_.output.size() <= kOutputPause) {
    server_.ResumeLater(this);
  }
}

void Connection::Run() {
  RunCommands();
  engine_.look_ahead().End();
}

// Commands whose slice is over go on in another one, after what others have to do.
bool Connection::Yield() {
  if (!engine_.SliceOver() || !parser_.more()) return false;
  yielded_ = true;
  server_.ResumeLater(this);
  return true;
}

void Connection::RunCommands() {
  yielded_ = false;
  parser_.set_authenticated(engine_.IsAuthenticated(session_));
  LookAhead& look_ahead = engine_.look_ahead();
  look_ahead.Begin(engine_.db(session_.db), parser_.unparsed(), std::exchange(lone_, {}));
  // The first one runs in its turn, however long others took: who came first is served first.
  for (bool first = true; !session_.ending() && !session_.waiting(); first = false) {
    if (peer_gone_) session_.output.Clear();
    if (session_.output.size() > kOutputPause || (!first && Yield())) return;
    const RequestParser::Status status = look_ahead.Next(parser_);
    if (status == RequestParser::Status::kNeedMore) {
      if (!parser_.behind()) return;
      engine_.BeginCommands();  // to catch up takes time, too
      continue;
    }
    if (status == RequestParser::Status::kError) {
      session_.reply.Error(fmt::format("ERR {}", parser_.error()));
      log::Verbose([this] {
        return fmt::format("{} from client: {}", Quoted(parser_.error()),
                           DescribeClient(session_, engine_.steady_ms()));
      });
      engine_.accounting().CountError(session_);
      session_.close_after_reply = true;
      return;
    }
    // Long arguments are the client's until the command takes them.
    if (parser_.has_large()) NoteMemory();
    if (session_.closing) return;
    if (engine_.Execute(session_, parser_.args()) == Engine::Outcome::kPostponed) {
      parser_.Unread();
      return;
    }
    parser_.set_authenticated(engine_.IsAuthenticated(session_));
    if (engine_.clients().CloseOverOutputLimit(session_)) return Close();
  }
}

// Sends some of what waits; as `send` answers.
ssize_t Connection::Send(size_t most) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  iovec parts[64];
  size_t count = session_.output.FillIovec(parts, std::size(parts));
  for (size_t i = 0; i < count; ++i) {
    if (parts[i].iov_len >= most) count = i + 1;
    parts[i].iov_len = std::min(parts[i].iov_len, most);
    most -= parts[i].iov_len;
  }
  // What nearly every reply is, for less of the kernel's time.
  if (count == 1) return send(fd_, parts[0].iov_base, parts[0].iov_len, kFlags);
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  return sendmsg(fd_, &message, kFlags);
}

void Connection::Flush() {
  flush_scheduled_ = false;
  if (closed()) return;
  if (peer_gone_ || session_.closing) session_.output.Clear();
  session_.NoteOutput();
  size_t left = kMaxSend;
  while (session_.output.size() > 0 && left > 0) {
    const ssize_t sent = Send(left);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      if (errno != EPIPE && errno != ECONNRESET) return Close();
      // What it has sent before may still be to be read.
      peer_gone_ = tell_again_ = true;
      session_.output.Clear();
      break;
    }
    engine_.counters().net_output_bytes += static_cast<size_t>(sent);
    ++engine_.counters().writes_processed;
    session_.output.Consume(static_cast<size_t>(sent));
    left -= static_cast<size_t>(sent);
    session_.last_interaction_ms = engine_.steady_ms();
  }
  const bool drained = session_.output.size() == 0;
  if (!drained && left == 0) tell_again_ = true;
  if (session_.closing || (drained && session_.close_after_reply)) return Close();
  Watch();
}

// With EPOLLET the kernel looks at a socket once for each request and not twice: 2 % of one.
uint32_t Connection::Events() const {
  return EPOLLET | (watching_readable_ ? EPOLLIN | EPOLLPRI | EPOLLRDHUP : 0u) |
         (watching_writable_ ? EPOLLOUT : 0u);
}

void Connection::Watch() {
  const bool writable = session_.output.size() > 0;
  const bool wants_memory = session_.postponed && engine_.resident_limit().holding();
  const bool readable = !wants_memory || parser_.buffered_bytes() < kMaxAhead;
  const bool same = writable == watching_writable_ && readable == watching_readable_;
  if (same && (yielded_ || !tell_again_)) return;
  watching_writable_ = writable;
  watching_readable_ = readable;
  tell_again_ = false;
  server_.poller().Modify(fd_, Events(), this);
}

void Connection::Close() {
  if (closed()) return;
  engine_.Detach(session_);
  server_.poller().Remove(fd_, this);
  close(fd_);
  fd_ = -1;
  server_.Bury(this);
}

void Connection::ScheduleFlush() {
  if (flush_scheduled_ || closed()) return;
  flush_scheduled_ = true;
  server_.FlushLater(this);
}

void Connection::ScheduleClose(bool after_reply) {
  (after_reply ? session_.close_after_reply : session_.closing) = true;
  ScheduleFlush();
}

void Connection::ScheduleResume() {
  if (!closed()) server_.ResumeLater(this);
}

std::optional<LargeBulk> Connection::TakeLarge(size_t index) {
  return parser_.TakeLarge(index);
}

SessionTransport::InputUsage Connection::Input() const {
  return {.pending = parser_.unparsed_bytes(),
          .free = parser_.free_bytes(),
          .arguments = parser_.argument_bytes()};
}

size_t Connection::InputMemory() const {
  return sizeof(Connection) - sizeof(Session) + parser_.memory_bytes();
}

}  // namespace ebb::net
