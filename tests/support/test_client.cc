// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/support/test_client.h"

#include <hiredis/hiredis.h>

#include "server/request_limits.h"
#include "tests/support/encode.h"
#include "tests/support/read_into.h"

namespace ebb::test {
namespace {

// As long as the server's buffer for reading: longer arguments arrive in pieces here as there.
constexpr size_t kReadBytes = 16 * 1024;

}  // namespace

void TestClient::FreeReader::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

TestClient::TestClient(Engine& engine)
    : engine_(engine),
      limits_(RequestLimits(engine)),
      session_(engine.chunk_pool(), *this),
      reader_(redisReaderCreate()) {
  engine_.Attach(session_);
}

TestClient::~TestClient() {
  engine_.Detach(session_);
}

Reply TestClient::Run(const std::vector<std::string>& argv) {
  Send(Encode(argv));
  Reply reply = Receive();
  if (Receive().kind != Reply::Kind::kLost) return Reply::Lost("more than one reply");
  return reply;
}

std::string TestClient::RunRaw(const std::vector<std::string>& argv) {
  Send(Encode(argv));
  return TakeOutput();
}

void TestClient::Send(std::string_view bytes) {
  engine_.RefreshTime();
  RunArrived();  // what was postponed
  parser_.Release();
  std::vector<char> scratch(kReadBytes);
  while (!bytes.empty()) {
    ReadInto(parser_, scratch, &bytes);
    RunArrived();
    parser_.Release();
  }
}

void TestClient::RunArrived() {
  RunCommands();
  engine_.look_ahead().End();
}

void TestClient::RunCommands() {
  LookAhead& look_ahead = engine_.look_ahead();
  look_ahead.Begin(engine_.db(session_.db), parser_.unparsed(), {});
  while (!session_.waiting() && !session_.close_after_reply && !session_.closing) {
    const RequestParser::Status status = look_ahead.Next(parser_);
    if (status == RequestParser::Status::kNeedMore) {
      if (parser_.behind()) continue;
      return;
    }
    if (status == RequestParser::Status::kError) {
      session_.reply.Error("ERR " + std::string(parser_.error()));
      return ScheduleClose(true);
    }
    if (engine_.Execute(session_, parser_.args()) == Engine::Outcome::kPostponed) {
      parser_.Unread();
    }
    parser_.set_authenticated(session_.authenticated);
  }
}

std::string TestClient::TakeOutput() {
  std::string bytes;
  while (session_.output.size() > 0) {
    iovec part;
    session_.output.FillIovec(&part, 1);
    bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
    session_.output.Consume(part.iov_len);
  }
  return bytes;
}

Reply TestClient::Receive() {
  const std::string bytes = TakeOutput();
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  void* raw = nullptr;
  if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) return Reply::Lost(reader_->errstr);
  if (raw == nullptr) return Reply::Lost("nothing was answered");
  Reply reply = Reply::From(*static_cast<redisReply*>(raw));
  freeReplyObject(raw);
  return reply;
}

void TestClient::ScheduleClose(bool after_reply) {
  (after_reply ? session_.close_after_reply : session_.closing) = true;
  close_requested_ = true;
}

SessionTransport::InputUsage TestClient::Input() const {
  return {.pending = parser_.unparsed_bytes(),
          .free = parser_.free_bytes(),
          .arguments = parser_.argument_bytes()};
}

}  // namespace ebb::test
