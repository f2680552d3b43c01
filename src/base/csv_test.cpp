#include "base/csv.hpp"

#include <gtest/gtest.h>

namespace etapa::csv {
namespace {

std::string row(std::initializer_list<std::string_view> cells) {
    std::string out;
    append_row(out, cells);
    return out;
}

TEST(Csv, QuotesWhatWouldBreakTheRow) {
    EXPECT_EQ(row({"a", "", "ação"}), "a,,ação\r\n");
    EXPECT_EQ(row({"a,b", "say \"hi\"", "two\r\nlines"}), "\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n");
}

TEST(Csv, RunsNoFormula) {
    EXPECT_EQ(row({"=1+1", "@sum", "-x", "+cmd|' /C calc'!A0"}),
              "\"'=1+1\",\"'@sum\",\"'-x\",\"'+cmd|' /C calc'!A0\"\r\n");
    EXPECT_EQ(row({"+55 (11) 9-8", "-12.5", "a=1"}), "+55 (11) 9-8,-12.5,a=1\r\n");
}

}  // namespace
}  // namespace etapa::csv
