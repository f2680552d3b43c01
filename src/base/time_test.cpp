#include "base/time.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string_view>

namespace etapa {
namespace {

constexpr Time afternoon{1'771'596'900'000};  // 2026-02-20T14:15:00.000Z

TEST(Time, IsWrittenAsTheApiPrintsIt) {
    EXPECT_EQ(to_iso8601(afternoon), "2026-02-20T14:15:00.000Z");
    EXPECT_EQ(to_iso8601({0}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_iso8601({-1}), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_iso8601({951'826'154'007}), "2000-02-29T12:09:14.007Z");
}

TEST(Time, OutsideFourDigitYearsIsClamped) {
    EXPECT_EQ(to_iso8601({std::numeric_limits<std::int64_t>::max()}), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(to_iso8601({std::numeric_limits<std::int64_t>::min()}), "0000-01-01T00:00:00.000Z");
}

struct Reading {
    std::string_view text;
    std::optional<Time> time;
};

class TimeReading : public testing::TestWithParam<Reading> {};

TEST_P(TimeReading, GivesTheInstantOrNothing) {
    const auto& [text, time] = GetParam();
    const auto read = parse_time(text);
    ASSERT_EQ(read.has_value(), time.has_value()) << text;
    if (time) {
        EXPECT_EQ(read->milliseconds, time->milliseconds) << text;
    }
}

constexpr Time midnight{1'771'545'600'000};  // 2026-02-20

INSTANTIATE_TEST_SUITE_P(
    Accepted, TimeReading,
    testing::Values(Reading{"2026-02-20T14:15:00.000Z", afternoon}, Reading{"2026-02-20T14:15:00Z", afternoon},
                    Reading{"2026-02-20t14:15:00z", afternoon}, Reading{"2026-02-20T14:15Z", afternoon},
                    Reading{"2026-02-20T14:15", afternoon}, Reading{"2026-02-20 14:15", afternoon},
                    Reading{"2026-02-20 14:15:00", afternoon}, Reading{"2026-02-20T16:15:00+02:00", afternoon},
                    Reading{"2026-02-20T08:45:00-0530", afternoon}, Reading{"2026-02-20T15:15:00+01", afternoon},
                    Reading{"2026-02-20T14:15:00.0009Z", afternoon},
                    Reading{"2026-02-20T14:15:00.5Z", afternoon + Duration{500}},
                    Reading{"2026-02-20T14:15:00.123456789Z", afternoon + Duration{123}},
                    Reading{"2026-02-20", midnight}, Reading{"1970-01-01", Time{0}},
                    Reading{"0000-01-01", Time{-62'167'219'200'000}}));

INSTANTIATE_TEST_SUITE_P(Refused, TimeReading,
                         testing::Values(Reading{"", {}}, Reading{"2026", {}}, Reading{"2026-02", {}},
                                         Reading{"2026-02-30", {}}, Reading{"2025-02-29", {}},
                                         Reading{"2026-13-01", {}}, Reading{"2026-00-01", {}}, Reading{"2026-2-3", {}},
                                         Reading{"2026-02-20T", {}}, Reading{"2026-02-20T14", {}},
                                         Reading{"2026-02-20T24:00", {}}, Reading{"2026-02-20T14:60", {}},
                                         Reading{"2026-02-20T14:15:60", {}}, Reading{"2026-02-20T14:15:00.Z", {}},
                                         Reading{"2026-02-20T14:15:00+2", {}}, Reading{"2026-02-20T14:15:00+02:", {}},
                                         Reading{"2026-02-20T14:15:00+02:60", {}}, Reading{"2026-02-20T14:15:00ZZ", {}},
                                         Reading{"2026-02-20  14:15", {}}, Reading{" 2026-02-20", {}},
                                         Reading{"2026-02-20 ", {}}, Reading{"yesterday", {}},
                                         Reading{"+026-02-20", {}}));

TEST(Time, ReadsBackWhatItWrote) {
    for (const std::int64_t milliseconds : {std::int64_t{-62'167'219'200'000}, std::int64_t{-1}, std::int64_t{0},
                                            std::int64_t{1'771'596'900'001}, std::int64_t{253'402'300'799'999}}) {
        EXPECT_EQ(parse_time(to_iso8601({milliseconds}))->milliseconds, milliseconds);
    }
}

}  // namespace
}  // namespace etapa
