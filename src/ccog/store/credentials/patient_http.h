#pragma once

#include <functional>

#include "ccog/store/http.h"

namespace ccog {

/// No answer for a passing reason, 408, 429 or 5xx.
bool may_pass(const HttpResponse& response);

/// The request, made again after short pauses while `is_transient`, `attempts` times at most. For
/// the small services that credentials come from; S3's own requests go through `S3Client`.
HttpResponse perform_patiently(
    HttpPool& pool, const HttpRequest& request, int attempts,
    const std::function<bool(const HttpResponse&)>& is_transient = may_pass);

/// "HTTP 403" or what the transport says: all of an answer that is fit for a message.
std::string outcome_of(const HttpResponse& response);

}  // namespace ccog
