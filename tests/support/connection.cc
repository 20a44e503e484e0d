// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/support/connection.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/time.h>

namespace ebb::test {
namespace {

constexpr timeval kTimeout{Connection::kReplyLimit.count(), 0};

}  // namespace

void Connection::Free::operator()(redisContext* context) const {
  redisFree(context);
}

Connection::Connection(redisContext* context) : context_(context) {
  if (ok()) redisSetTimeout(context_.get(), kTimeout);
}

Connection Connection::Tcp(int port) {
  return Connection(redisConnectWithTimeout("127.0.0.1", port, kTimeout));
}

Connection Connection::Unix(const std::string& path) {
  return Connection(redisConnectUnixWithTimeout(path.c_str(), kTimeout));
}

bool Connection::ok() const {
  return context_ != nullptr && context_->err == 0;
}

Reply Connection::Command(const std::vector<std::string>& argv) {
  Append(argv);
  return Receive();
}

void Connection::Append(const std::vector<std::string>& argv) {
  if (!ok()) return;
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const std::string& argument : argv) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  redisAppendCommandArgv(context_.get(), static_cast<int>(argv.size()), texts.data(), sizes.data());
}

Reply Connection::Receive() {
  if (context_ == nullptr) return Reply::Lost("out of memory");
  void* raw = nullptr;
  if (!ok() || redisGetReply(context_.get(), &raw) != REDIS_OK)
    return Reply::Lost(context_->errstr);
  const std::unique_ptr<void, decltype(&freeReplyObject)> owner(raw, freeReplyObject);
  return Reply::From(*static_cast<redisReply*>(raw));
}

std::string InfoField(const std::string& info, const std::string& field) {
  const std::string text = "\n" + info;
  const std::string start = "\n" + field + ":";
  const size_t at = text.find(start);
  if (at == std::string::npos) return "";
  const size_t value = at + start.size();
  return text.substr(value, text.find_first_of("\r\n", value) - value);
}

std::string Connection::Info(const std::string& field) {
  return InfoField(Command({"INFO", "everything"}).text, field);
}

bool Connection::AwaitInfo(const std::string& field,
                           const std::function<bool(const std::string&)>& wanted,
                           std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!wanted(Info(field))) {
    if (!ok() || std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 2);  // only leaves the processor to the server between two questions
  }
  return true;
}

}  // namespace ebb::test
