#include "base/fold.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

TEST(Fold, ForgetsCaseAccentsAndSpellings) {
    for (const std::string_view text : {"eclair", "Éclair", "ÉCLAIR", "e\u0301clair", "Ｅclair"}) {
        EXPECT_EQ(fold(text), "eclair") << text;
    }
    EXPECT_EQ(fold("Straße"), fold("STRASSE"));
    EXPECT_EQ(fold("ÑANDÚ"), "nandu");
    EXPECT_EQ(fold("ΟΔΟΣ"), fold("οδος"));
    EXPECT_EQ(fold("Привет"), "привет");
}

TEST(Fold, LeavesEverythingElse) {
    EXPECT_EQ(fold(""), "");
    EXPECT_EQ(fold("100% _a\\b 李 🙂"), "100% _a\\b 李 🙂");
}

}  // namespace
}  // namespace etapa
