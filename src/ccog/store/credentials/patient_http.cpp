#include "ccog/store/credentials/patient_http.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <random>
#include <thread>

namespace ccog {

namespace {

// With full jitter, so that many workers that begin at once do not ask in step.
void pause_after(int attempt) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::uniform_real_distribution<double> jitter(0, std::ldexp(0.1, attempt));
  std::this_thread::sleep_for(std::chrono::duration<double>(jitter(random)));
}

}  // namespace

bool may_pass(const HttpResponse& response) {
  if (response.status == 0) return response.failure_is_transient;
  return response.status == 408 || response.status == 429 || response.status >= 500;
}

HttpResponse perform_patiently(HttpPool& pool, const HttpRequest& request, int attempts,
                               const std::function<bool(const HttpResponse&)>& is_transient) {
  for (int attempt = 1;; ++attempt) {
    HttpResponse response = pool.perform(request);
    if (attempt >= attempts || response.ok() || !is_transient(response)) return response;
    pause_after(attempt);
  }
}

std::string outcome_of(const HttpResponse& response) {
  return response.status == 0 ? response.failure : fmt::format("HTTP {}", response.status);
}

}  // namespace ccog
