#include "base/log.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>

namespace etapa {
namespace {

// What `work` writes to stderr.
template <class F> std::string written_by(F&& work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
}

TEST(Log, JsonLineIsOneObject) {
    const auto log = Log::to_stderr(LogFormat::json, LogLevel::info);
    const auto line = written_by([&] {
        log.warning("A request failed.", {{"requestId", "abc"}, {"status", std::int64_t{500}}, {"seconds", 0.25}});
    });
    ASSERT_TRUE(line.ends_with("}\n"));
    const auto object = boost::json::parse(line).as_object();
    EXPECT_EQ(object.at("level"), "warning");
    EXPECT_EQ(object.at("message"), "A request failed.");
    EXPECT_EQ(object.at("requestId"), "abc");
    EXPECT_EQ(object.at("status"), 500);
    EXPECT_EQ(object.at("seconds"), 0.25);
    EXPECT_EQ(object.at("time").as_string().size(), std::string_view("2026-02-20T14:15:00.000Z").size());
}

TEST(Log, NoValueCanForgeASecondLine) {
    const std::string hostile = "a\"b\\c\r\n{\"level\":\"error\"}\x01\xff";
    for (const auto format : {LogFormat::json, LogFormat::text}) {
        const auto log = Log::to_stderr(format, LogLevel::info);
        const auto line = written_by([&] { log.info("Hello.", {{"path", hostile}}); });
        EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
        EXPECT_EQ(line.find('\r'), std::string::npos) << line;
    }
    const auto json = Log::to_stderr(LogFormat::json, LogLevel::info);
    const auto object = boost::json::parse(written_by([&] { json.info("Hello.", {{"path", hostile}}); })).as_object();
    EXPECT_EQ(object.at("path"), "a\"b\\c\r\n{\"level\":\"error\"}\x01?");
}

TEST(Log, TextQuotesOnlyWhatNeedsIt) {
    const auto log = Log::to_stderr(LogFormat::text, LogLevel::info);
    const auto line = written_by([&] { log.info("Listening.", {{"host", "127.0.0.1"}, {"note", "two words"}}); });
    EXPECT_NE(line.find("Z info Listening. host=127.0.0.1 note=\"two words\"\n"), std::string::npos) << line;
}

TEST(Log, FormatCharactersAreNotInterpreted) {
    const auto log = Log::to_stderr(LogFormat::text, LogLevel::info);
    const auto line = written_by([&] { log.info("{} %v %s", {{"path", "{0}%v"}}); });
    EXPECT_NE(line.find("{} %v %s path={0}%v\n"), std::string::npos) << line;
}

TEST(Log, BelowItsLevelNothingIsWritten) {
    const auto log = Log::to_stderr(LogFormat::text, LogLevel::warning);
    EXPECT_EQ(written_by([&] {
                  log.debug("Unseen.");
                  log.info("Unseen.");
                  Log::silent().error("Unseen.");
              }),
              "");
    EXPECT_NE(written_by([&] { log.error("Seen."); }), "");
}

}  // namespace
}  // namespace etapa
