#include "ccog/store/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"

namespace ccog {

namespace {

void init_curl_once() {
  // Never undone: other threads may still hold handles when static objects are destroyed.
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw Error(ErrorCode::kStore, "libcurl cannot be initialised");
}

// The pieces of a body, read by libcurl; it seeks back when it has to send them once more.
class BodyReader {
 public:
  explicit BodyReader(const Rope& body) : views_(body.views()) {}

  std::size_t read(char* out, std::size_t room_bytes) {
    std::size_t done_bytes = 0;
    while (done_bytes < room_bytes && piece_ < views_.size()) {
      const ByteView rest = views_[piece_].subspan(in_piece_bytes_);
      const std::size_t step_bytes = std::min(rest.size(), room_bytes - done_bytes);
      std::memcpy(out + done_bytes, rest.data(), step_bytes);
      done_bytes += step_bytes;
      in_piece_bytes_ += step_bytes;
      if (in_piece_bytes_ == views_[piece_].size()) {
        ++piece_;
        in_piece_bytes_ = 0;
      }
    }
    return done_bytes;
  }

  bool seek(std::uint64_t offset_bytes) {
    piece_ = 0;
    while (piece_ < views_.size() && offset_bytes >= views_[piece_].size()) {
      offset_bytes -= views_[piece_++].size();
    }
    in_piece_bytes_ = offset_bytes;
    return piece_ < views_.size() || offset_bytes == 0;
  }

 private:
  std::vector<ByteView> views_;
  std::size_t piece_ = 0;
  std::size_t in_piece_bytes_ = 0;
};

struct ResponseWriter {
  HttpResponse* response;
  std::uint64_t max_bytes;
  bool too_long = false;
};

extern "C" std::size_t ccog_http_read(char* out, std::size_t size, std::size_t count, void* user) {
  return static_cast<BodyReader*>(user)->read(out, size * count);
}

extern "C" int ccog_http_seek(void* user, curl_off_t offset, int origin) {
  const bool done = origin == SEEK_SET && offset >= 0 &&
                    static_cast<BodyReader*>(user)->seek(static_cast<std::uint64_t>(offset));
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

extern "C" std::size_t ccog_http_write(char* data, std::size_t size, std::size_t count,
                                       void* user) {
  auto& writer = *static_cast<ResponseWriter*>(user);
  Bytes& body = writer.response->body;
  const std::size_t bytes = size * count;
  if (bytes > writer.max_bytes - body.size()) {
    writer.too_long = true;
    return 0;
  }
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  try {
    body.insert(body.end(), begin, begin + bytes);
  } catch (const std::bad_alloc&) {
    writer.too_long = true;
    return 0;
  }
  return bytes;
}

struct HeaderReader {
  HttpResponse* response;
  bool ended = false;  // libcurl takes headers that are cut off for an answer
};

extern "C" std::size_t ccog_http_header(char* data, std::size_t size, std::size_t count,
                                        void* user) {
  auto& reader = *static_cast<HeaderReader*>(user);
  const std::string_view line(data, size * count);
  // Those of a proxy or of "100 Continue" came first.
  if (line.starts_with("HTTP/")) {
    reader.response->headers.clear();
    reader.ended = false;
  }
  if (line == "\r\n" || line == "\n") reader.ended = true;
  const std::size_t colon = line.find(':');
  if (colon != line.npos) {
    const std::string name = ascii::lower(std::string(line.substr(0, colon)));
    reader.response->headers[name] = ascii::trimmed(line.substr(colon + 1));
  }
  return line.size();
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_UPLOAD_FAILED:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_WEIRD_SERVER_REPLY:
      return true;
    default:
      return false;
  }
}

std::string remedy(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "; name the PEM file of the authorities to trust in AWS_CA_BUNDLE";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return "; check endpoint_url, region, the network and the proxy variables of the environment";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "; check the proxy variables of the environment";
    default:
      return "";
  }
}

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Headers header_list(const HttpRequest& request) {
  Headers list(nullptr, curl_slist_free_all);
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());  // it is part of the longer one
    list.reset(longer);
  };
  // Waiting for "100 Continue" costs a round trip a part, and a second where it never comes.
  add("Expect:");
  for (const auto& [name, value] : request.headers) {
    add(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  return list;
}

}  // namespace

std::string_view HttpResponse::text() const {
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}

std::string HttpResponse::header(const std::string& name) const {
  const auto it = headers.find(name);
  return it == headers.end() ? std::string() : it->second;
}

HttpPool::HttpPool() { init_curl_once(); }

HttpPool::~HttpPool() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

HttpResponse HttpPool::perform(const HttpRequest& request) {
  std::unique_ptr<void, decltype(&curl_easy_cleanup)> handle(nullptr, curl_easy_cleanup);
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      handle.reset(idle_.back());
      idle_.pop_back();
    }
  }
  if (!handle) handle.reset(curl_easy_init());
  if (!handle) throw Error(ErrorCode::kStore, "libcurl cannot make a handle: out of memory", true);
  CURL* curl = handle.get();
  curl_easy_reset(curl);  // keeps connections, sessions and names

  HttpResponse response;
  ResponseWriter writer{&response, request.max_response_bytes};
  HeaderReader header_reader{&response};
  const Rope empty;
  BodyReader reader(request.body ? *request.body : empty);
  const Headers headers = header_list(request);
  char message[CURL_ERROR_SIZE] = "";

  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // keys may hold "..", and the path is signed
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "ccog");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::lround(request.connect_timeout_s * 1000));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::lround(std::ceil(request.stall_timeout_s)));
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request.only_once ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
  if (!request.verify_tls) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!request.proxied) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  if (!request.ca_bundle.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_bundle.c_str());
    // Otherwise the authorities of libcurl's own directory would be trusted as well.
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ccog_http_write);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &writer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, ccog_http_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &header_reader);
  if (request.body) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, ccog_http_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &reader);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, ccog_http_seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &reader);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request.body->size_bytes()));
  } else if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK && header_reader.ended) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
  } else if (code == CURLE_OK) {
    response.failure = "the headers of the answer are cut off";
    response.failure_is_transient = true;
  } else if (writer.too_long) {
    response.failure =
        fmt::format("the answer is longer than {} bytes", request.max_response_bytes);
  } else {
    response.failure =
        fmt::format("{}{}", message[0] != '\0' ? message : curl_easy_strerror(code), remedy(code));
    long sent_bytes = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
    // After a request has gone out, this is not about the URL: what came back is no HTTP/1.
    const bool is_no_http = code == CURLE_UNSUPPORTED_PROTOCOL && sent_bytes > 0;
    response.failure_is_transient = is_no_http || is_transient(code);
  }
  // What these point to ends with this call.
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  const std::lock_guard lock(mutex_);
  idle_.push_back(curl);
  static_cast<void>(handle.release());
  return response;
}

std::optional<std::int64_t> parse_http_date(const std::string& text) {
  const time_t time = curl_getdate(text.c_str(), nullptr);
  if (text.empty() || time < 0) return std::nullopt;
  return static_cast<std::int64_t>(time);
}

}  // namespace ccog
