#include "ccog/store/s3_credentials.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "ccog/base/error.h"

namespace ccog {

namespace {

// Long enough for the largest part on a slow line, and for machines whose clocks differ.
constexpr std::int64_t kRenewBeforeEndS = 300;
// A source may hand out the same credentials until shortly before they end: not asked more often.
constexpr std::int64_t kAskAgainS = 30;

class FixedCredentials final : public S3CredentialSource {
 public:
  explicit FixedCredentials(S3Credentials credentials) : credentials_(std::move(credentials)) {}

  S3Credentials resolve() override { return credentials_; }

  std::string remedy() const override {
    return "key, secret and token that are spelled out cannot be renewed: give new ones, or leave "
           "them out to have credentials resolved and renewed";
  }

 private:
  S3Credentials credentials_;
};

bool same_keys(const S3Credentials& a, const S3Credentials& b) {
  return a.access_key == b.access_key && a.secret_key == b.secret_key &&
         a.session_token == b.session_token;
}

}  // namespace

void check_credentials(const S3Credentials& credentials) {
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "no credentials: give an access key and a secret key, or anon");
  }
  for (const std::string* text :
       {&credentials.access_key, &credentials.secret_key, &credentials.session_token}) {
    const bool is_good = std::all_of(text->begin(), text->end(),
                                     [](unsigned char c) { return c > 0x20 && c < 0x7F; });
    if (!is_good) {
      throw Error(ErrorCode::kInvalidArgument,
                  "an access key, secret key or session token holds a space or a line break: give "
                  "it as it was issued");
    }
  }
}

S3CredentialSource::~S3CredentialSource() = default;

std::string S3CredentialSource::remedy() const {
  return "asked anew, the source of the credentials gave the same ones: renew them there, such as "
         "by logging in again";
}

std::shared_ptr<S3CredentialSource> fixed_credentials(S3Credentials credentials) {
  return std::make_shared<FixedCredentials>(std::move(credentials));
}

S3CredentialCache::S3CredentialCache(std::shared_ptr<S3CredentialSource> source)
    : source_(std::move(source)) {
  if (!source_) {
    throw Error(
        ErrorCode::kInvalidArgument,
        "no credentials: give a source of them, or an access key and a secret key, or anon");
  }
}

void S3CredentialCache::ask(std::int64_t now_unix_s) {
  S3Credentials asked = source_->resolve();
  check_credentials(asked);
  known_ = std::move(asked);
  ask_again_unix_s_.reset();
  if (known_->expires_at_unix_s) {
    ask_again_unix_s_ =
        std::max(*known_->expires_at_unix_s - kRenewBeforeEndS, now_unix_s + kAskAgainS);
  }
}

S3Credentials S3CredentialCache::current(std::int64_t now_unix_s) {
  const std::lock_guard lock(mutex_);
  if (!known_) {
    ask(now_unix_s);
  } else if (ask_again_unix_s_ && now_unix_s >= *ask_again_unix_s_) {
    try {
      ask(now_unix_s);
    } catch (const std::exception&) {
      // They still hold: no reason to fail now.
      if (now_unix_s >= *known_->expires_at_unix_s) throw;
      ask_again_unix_s_ = now_unix_s + kAskAgainS;
    }
  }
  return *known_;
}

bool S3CredentialCache::renew(const S3Credentials& refused, std::int64_t now_unix_s) {
  const std::lock_guard lock(mutex_);
  // Another thread may have been here first.
  if (!known_ || same_keys(*known_, refused)) ask(now_unix_s);
  return !same_keys(*known_, refused);
}

}  // namespace ccog
