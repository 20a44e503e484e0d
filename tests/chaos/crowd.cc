// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/chaos/crowd.h"

#include <utility>

#include "tests/oracle/wire.h"

namespace ebb::chaos {

Crowd::Crowd(int port, const oracle::Generator& generator, uint64_t seed, size_t clients)
    : port_(port), generator_(generator), random_(seed), mischief_(random_) {
  seats_.resize(clients);
}

bool Crowd::Join(std::optional<Member>& seat) {
  test::RawClient socket(port_);
  if (!socket.connected()) {
    ++refused_;
    return false;
  }
  seat.emplace(std::move(socket), generator_.Round(joined_++));
  return true;
}

std::string Crowd::NextCommand(Member& member) {
  ++said_;
  if (random_.Chance(0.3)) return oracle::EncodeCommand(mischief_.Command());
  if (member.at == member.stream.size()) member.at = 0;
  const oracle::Step& step = member.stream[member.at++];
  return step.inlined ? oracle::EncodeInline(step.argv) : oracle::EncodeCommand(step.argv);
}

std::string Crowd::NextBytes(Member& member) {
  if (random_.Chance(0.003)) {
    std::string noise(random_.Below(200), '\0');
    for (char& byte : noise) byte = static_cast<char>(random_.Below(256));
    return noise;
  }
  constexpr size_t kDepths[] = {1, 1, 3, 20};
  std::string bytes;
  for (size_t depth = random_.Pick(kDepths); depth > 0; --depth) bytes += NextCommand(member);
  if (random_.Chance(0.003)) bytes.resize(random_.Below(bytes.size()));
  return bytes;
}

void Crowd::Step() {
  std::optional<Member>& seat = seats_[random_.Below(seats_.size())];
  if (!seat.has_value() && !Join(seat)) return;
  bool stays = !random_.Chance(0.004);
  if (random_.Chance(0.7)) stays = seat->socket.SkipArrived() && stays;
  if (seat->unsent.empty()) {
    seat->unsent = NextBytes(*seat);
  } else if (random_.Chance(0.02)) {
    stays = false;  // whom the server does not hear, or who does not hear it
  }
  seat->unsent.erase(0, seat->socket.SendNow(seat->unsent));
  if (stays) return;
  if (random_.Chance(0.5)) seat->socket.Reset();
  seat.reset();
}

}  // namespace ebb::chaos
