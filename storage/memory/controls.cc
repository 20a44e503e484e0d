// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/controls.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <iterator>
#include <string_view>

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
namespace {

int mallctl(const char*, void*, size_t*, void*, size_t) {
  return ENOENT;
}

}  // namespace
#endif

namespace ebb::memory {
namespace {

constexpr std::string_view kTexts[] = {"config.malloc_conf", "opt.dss",          "opt.junk",
                                       "opt.metadata_thp",   "opt.percpu_arena", "opt.thp",
                                       "opt.zero_realloc",   "version"};

}  // namespace

ControlResult<int64_t> ControlNumber(const std::string& name, std::optional<int64_t> value) {
  static_assert(std::endian::native == std::endian::little, "a number begins with its low bytes");
  // How long it is shows when it is asked for.
  for (size_t size = sizeof(int64_t); size > 0; size /= 2) {
    int64_t before = 0;
    size_t read = size;
    void* const input = value ? &*value : nullptr;
    const size_t input_size = value ? size : 0;
    int error = mallctl(name.c_str(), &before, &read, input, input_size);
    if (error == 0) return {before, 0};
    if (error == EPERM && value) {
      error = mallctl(name.c_str(), nullptr, nullptr, input, input_size);
    }
    if (error != EINVAL) return {std::nullopt, error};
  }
  return {std::nullopt, EINVAL};
}

ControlResult<std::string> ControlText(const std::string& name) {
  const char* text = nullptr;
  size_t size = sizeof(text);
  const int error = mallctl(name.c_str(), &text, &size, nullptr, 0);
  if (error != 0) return {std::nullopt, error};
  const bool is_text = std::ranges::find(kTexts, name) != std::end(kTexts);
  if (!is_text) return {std::nullopt, EINVAL};
  return {std::string(text), 0};
}

int ControlAction(const std::string& name) {
  return mallctl(name.c_str(), nullptr, nullptr, nullptr, 0);
}

}  // namespace ebb::memory
