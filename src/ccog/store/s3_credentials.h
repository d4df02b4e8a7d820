#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace ccog {

/// Keys that sign requests. They belong in no graph, pickle, log or message.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< "" for permanent keys
  std::optional<std::int64_t> expires_at_unix_s;
};

/// Throws `kInvalidArgument` for keys that are missing or that no header can hold.
void check_credentials(const S3Credentials& credentials);

/// Where credentials come from: a profile, a role, the machine's metadata.
class S3CredentialSource {
 public:
  S3CredentialSource() = default;
  S3CredentialSource(const S3CredentialSource&) = delete;
  S3CredentialSource& operator=(const S3CredentialSource&) = delete;
  virtual ~S3CredentialSource();

  /// Asks anew, whatever was answered before; called from any thread, one at a time. Throws
  /// `kInvalidArgument` where there are none, `kStore` where they cannot be had now.
  virtual S3Credentials resolve() = 0;

  /// What the user can do when the store refuses these as ended and `resolve` has no others.
  virtual std::string remedy() const;
};

/// Keys that were spelled out: always the same ones.
std::shared_ptr<S3CredentialSource> fixed_credentials(S3Credentials credentials);

/// The credentials in use: asked for when the first request needs them, renewed some minutes before
/// they end, and when the store refuses them. Thread safe.
class S3CredentialCache {
 public:
  /// Throws `kInvalidArgument` without a source.
  explicit S3CredentialCache(std::shared_ptr<S3CredentialSource> source);

  S3Credentials current(std::int64_t now_unix_s);

  /// Whether there are others than `refused`, with which the request is worth another attempt.
  bool renew(const S3Credentials& refused, std::int64_t now_unix_s);

  std::string remedy() const { return source_->remedy(); }

 private:
  void ask(std::int64_t now_unix_s);

  std::shared_ptr<S3CredentialSource> source_;
  std::mutex mutex_;
  std::optional<S3Credentials> known_;
  std::optional<std::int64_t> ask_again_unix_s_;
};

}  // namespace ccog
