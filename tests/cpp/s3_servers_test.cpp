// What real S3 servers do that memory and files do not: keys, buckets and signatures.
#include "s3_servers.h"

#include <gtest/gtest.h>

#include "ccog/store/checksum.h"
#include "ccog/store/s3_client.h"
#include "expect_error.h"

namespace ccog {
namespace {

using namespace test;

class S3Servers : public testing::TestWithParam<S3Server> {
 protected:
  void SetUp() override {
    if (GetParam().url.empty()) GTEST_SKIP() << kNotRunning;
    make_bucket(GetParam(), "keys");
  }

  static S3Store open(const std::string& url) { return {url, s3_options(GetParam().url)}; }

  static void write_in_parts(S3Store& store, const Bytes& bytes) {
    const std::string id = store.begin({"run-2", 0, std::nullopt});
    // To adopt an upload is to find the very key in a listing.
    EXPECT_EQ(store.begin({"run-2", 0, std::nullopt}), id);
    store.complete(id, "run-2", {store.put_part(id, 1, std::nullopt, Rope(bytes))});
    EXPECT_TRUE(store.get(0, bytes.size()) == bytes);
    EXPECT_TRUE(store.list_uploads().empty());
  }
};

// Small objects of all these names, and only then each again in parts: none is taken for another.
TEST_P(S3Servers, KeysOfOddCharacters) {
  const std::vector<std::string> names{
      "a b", "a+b",   "a%20b", "a%2Bb",        "a%b",     "\xC3\xA9\xE6\x97\xA5\xE6\x9C\xAC.tif",
      "a'b", "a&b=c", "a?b#c", "a:b;c,d@e$",   "(a)!*~b", "a.b/c d/e",
      "..a", "a..",   "a\\b",  "<a>&lt;\"b\"", "a{b}|^`", "-a"};
  const std::string folder = "s3://keys/" + fresh_name() + '/';
  for (std::size_t i = 0; i < names.size(); ++i) {
    open(folder + names[i]).put_object("run-1", Rope(noise(50, i)));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    S3Store store = open(folder + names[i]);
    EXPECT_TRUE(store.get(0, 50) == noise(50, i));
    write_in_parts(store, noise(60, i));
  }
}

// The payload hash alone would let it pass, were it made of the changed bytes too.
TEST_P(S3Servers, APartThatIsNotOfItsChecksumIsRefused) {
  if (GetParam().is("moto")) GTEST_SKIP() << "moto compares no checksum";
  for (const char* name : {"crc64nvme", "crc32c", "sha256"}) {
    SCOPED_TRACE(name);
    const Checksum checksum = checksum_from_name(name);
    S3Options options = s3_options(GetParam().url);
    options.checksum = checksum;
    const std::string key = fresh_name();
    S3Store store("s3://keys/" + key, options);
    const std::string id = store.begin({"run-1", 0, std::nullopt});
    S3Client client(options, {"keys", key});
    S3Request request;
    request.method = "PUT";
    request.query = {{"partNumber", "1"}, {"uploadId", id}};
    request.body = Rope(noise(1000, 1));
    const Rope other(noise(1000, 2));
    request.headers = {{checksum_header(checksum), checksum_of(checksum, other)}};
    expect_error(ErrorCode::kStore, [&] { client.send(request); });
    EXPECT_TRUE(store.list_parts(id).empty());
    request.body = other;
    client.send(request);
    EXPECT_EQ(store.list_parts(id).size(), 1u);
    store.abort(id);
  }
}

TEST_P(S3Servers, TakesWhatIsNotSigned) {
  S3Options options = s3_options(GetParam().url);
  options.sign_payloads = false;
  S3Store store("s3://keys/" + fresh_name(), options);
  store.put_object("run-1", Rope(noise(50, 1)));
  EXPECT_TRUE(store.get(0, 50) == noise(50, 1));
  write_in_parts(store, noise(60, 2));
}

// A file system has no such names. A server refuses them or keeps them apart; versitygw, though,
// takes "a/../b" for "b".
TEST_P(S3Servers, KeysThatAreNoPaths) {
  const std::string folder = "s3://keys/" + fresh_name() + '/';
  int taken = 0;
  for (const char* name : {"a//b", "a/./b", "a/../b", "./b", "/b", "..", "."}) {
    SCOPED_TRACE(name);
    S3Store store = open(folder + name);
    const auto error = error_of([&] { store.put_object("run-1", Rope(noise(50, 1))); });
    if (!error) {
      ++taken;
      write_in_parts(store, noise(60, 1));
    } else {
      EXPECT_EQ(static_cast<int>(error->code()), static_cast<int>(ErrorCode::kStore));
      EXPECT_FALSE(error->retryable());
    }
  }
  if (GetParam().is("moto")) EXPECT_EQ(taken, 7);
  if (GetParam().is("minio")) EXPECT_EQ(taken, 0);
}

TEST_P(S3Servers, AMissingBucketIsNamed) {
  S3Store store = open("s3://no-such-bucket/k.tif");
  expect_error(
      ErrorCode::kNotFound,
      [&] {
        store.begin({"r", 0, std::nullopt});
      },
      "NoSuchBucket", "no-such-bucket", "create the bucket");
}

TEST_P(S3Servers, AWrongSecretIsRefused) {
  if (GetParam().is("moto")) GTEST_SKIP() << "moto checks no signature";
  S3Options options = s3_options(GetParam().url);
  options.credentials = fixed_credentials({"testing", "another-secret", "", std::nullopt});
  S3Store store("s3://keys/k.tif", options);
  expect_error(
      ErrorCode::kStore,
      [&] {
        store.begin({"r", 0, std::nullopt});
      },
      "SignatureDoesNotMatch", "check the secret key");
}

INSTANTIATE_TEST_SUITE_P(Servers, S3Servers, testing::ValuesIn(s3_servers()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace ccog
