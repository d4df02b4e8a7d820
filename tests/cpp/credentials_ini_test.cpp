#include <gtest/gtest.h>

#include "ccog/store/credentials/ini.h"
#include "expect_error.h"

namespace ccog {
namespace {

TEST(Ini, ReadsWhatAwsFilesHold) {
  const auto sections = parse_ini(
      "# a comment\r\n"
      "[default]\r\n"
      "aws_access_key_id=AKIA\r\n"
      "  ; a comment within\r\n"
      "Aws_Secret_Access_Key =  a/b+c=d ; no comment # nor this \r\n"
      "region : eu-central-1\n"
      "\n"
      "[profile dev]  what follows is dropped\n"
      "s3 =\n"
      "  addressing_style = path\n"
      "\n"
      "  # within\n"
      "  endpoint_url=http://127.0.0.1:9000/a=b\n"
      "credential_process = /opt/tool\n"
      "  --role dev\n"
      "empty =\n");
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].name, "default");
  EXPECT_EQ(sections[0].get("aws_access_key_id"), "AKIA");
  EXPECT_EQ(sections[0].get("aws_secret_access_key"), "a/b+c=d ; no comment # nor this");
  EXPECT_EQ(sections[0].get("region"), "eu-central-1");
  EXPECT_EQ(sections[1].name, "profile dev");
  EXPECT_EQ(sections[1].nested.at("s3").at("addressing_style"), "path");
  EXPECT_EQ(sections[1].nested.at("s3").at("endpoint_url"), "http://127.0.0.1:9000/a=b");
  EXPECT_FALSE(sections[1].has("s3"));
  EXPECT_EQ(sections[1].get("credential_process"), "/opt/tool\n--role dev");
  EXPECT_TRUE(sections[1].has("empty"));
  EXPECT_EQ(sections[1].get("empty"), "");
}

TEST(Ini, LongLinesAreWhole) {
  const std::string token(5000, 't');
  EXPECT_EQ(parse_ini("[a]\naws_session_token = " + token + "\n")[0].get("aws_session_token"),
            token);
}

TEST(Ini, DefaultsAreEverySections) {
  const auto sections = parse_ini(
      "[DEFAULT]\nregion = a\noutput = text\n[x]\nregion = b\n[y]\n[DEFAULT]\nlast = 1\n");
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].get("region"), "b");
  EXPECT_EQ(sections[1].get("region"), "a");
  EXPECT_EQ(sections[0].get("output") + sections[1].get("last"), "text1");
}

TEST(Ini, ErrorsSayTheLineAndNothingOfIt) {
  for (const char* text : {"AKIASECRET = 1\n", "[a]\nx = 1\nAKIASECRET\n", "[a]\n[b]\n[a]\n",
                           "[a]\nk = 1\nAKIASECRET = 2\nK = 3\nAKIASECRET = 4\n",
                           "[a]\ns3 =\n  AKIASECRET\n", "[a]\n= AKIASECRET\n"}) {
    const auto error = error_of([&] { parse_ini(text); });
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(error->code(), ErrorCode::kInvalidArgument);
    const std::string message = error->what();
    EXPECT_EQ(message.substr(0, 5), "line ") << message;
    EXPECT_EQ(message.find("AKIA"), message.npos) << message;
  }
}

}  // namespace
}  // namespace ccog
