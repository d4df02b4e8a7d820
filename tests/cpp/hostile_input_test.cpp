// The fuzz targets with damaged seeds, for every platform; libFuzzer goes further.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "../fuzz/credentials_target.h"
#include "../fuzz/file_store_target.h"
#include "../fuzz/record_target.h"
#include "../fuzz/run_set_target.h"
#include "../fuzz/s3_url_target.h"
#include "../fuzz/s3_xml_target.h"
#include "../fuzz/template_target.h"

namespace ccog {
namespace {

/// In memory that ends where the input ends, so that a sanitizer sees any overread.
template <typename Target>
void run(Target target, const Bytes& input) {
  const Bytes exact(input.begin(), input.end());
  try {
    target(exact);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << ", for " << ::testing::PrintToString(input);
  }
}

/// One to four changes: a byte set, inserted or removed, a range copied to another place.
Bytes damaged(Bytes input, std::mt19937_64& random) {
  const auto place = [&] {
    return input.begin() + static_cast<std::ptrdiff_t>(random() % (input.size() + 1));
  };
  for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    const auto value = random() % 3 == 0 ? std::byte{0xFF} : static_cast<std::byte>(random());
    if (input.empty() || random() % 4 == 0) {
      input.insert(place(), value);
    } else if (random() % 4 == 0) {
      const Bytes copy(input.begin(), place());
      input.insert(place(), copy.begin(), copy.end());
    } else if (const auto at = place(); at != input.end()) {
      random() % 4 == 0 ? void(input.erase(at)) : void(*at = value);
    }
  }
  return input;
}

template <typename Target>
void attack(Target target, const std::vector<Bytes>& seeds, int rounds) {
  std::mt19937_64 random(20240607);
  for (const Bytes& seed : seeds) {
    for (std::size_t size = 0; size <= seed.size(); ++size) {
      run(target, {seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size)});
    }
    for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
      run(target, damaged(seed, random));
    }
  }
}

TEST(HostileInput, Template) { attack(fuzz::template_target, fuzz::template_seeds(), 4000); }
TEST(HostileInput, RunSet) { attack(fuzz::run_set_target, fuzz::run_set_seeds(), 4000); }
TEST(HostileInput, Record) { attack(fuzz::record_target, fuzz::record_seeds(), 4000); }
TEST(HostileInput, S3Xml) { attack(fuzz::s3_xml_target, fuzz::s3_xml_seeds(), 2000); }
TEST(HostileInput, S3Url) { attack(fuzz::s3_url_target, fuzz::s3_url_seeds(), 4000); }
TEST(HostileInput, Credentials) {
  attack(fuzz::credentials_target, fuzz::credentials_seeds(), 2000);
}
TEST(HostileInput, FileStore) { attack(fuzz::file_store_target, fuzz::file_store_seeds(), 200); }

}  // namespace
}  // namespace ccog
