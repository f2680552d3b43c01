#include "net/multipart.hpp"

#include <gtest/gtest.h>

#include <array>

namespace etapa::net {
namespace {

constexpr std::string_view type = "multipart/form-data; boundary=XX";

std::string part(std::string_view headers, std::string_view content) {
    return "--XX\r\n" + std::string(headers) + "\r\n\r\n" + std::string(content) + "\r\n";
}

const std::string whole = part("Content-Disposition: form-data; name=\"note\"", "") +
                          part(
                              "Content-Disposition: form-data; name=\"file\"; filename=\"a b.png\"\r\n"
                              "Content-Type: image/png",
                              std::string_view("\x89PNG\r\n--X\0\r\n", 12)) +
                          "--XX--\r\n";

TEST(Multipart, ReadsFieldsAndFilesInOrder) {
    const auto form = parse_form(type, whole);
    ASSERT_TRUE(form) << form.error();
    ASSERT_EQ(form->size(), 2);
    EXPECT_EQ((*form)[0].name, "note");
    EXPECT_EQ((*form)[0].file_name, std::nullopt);
    EXPECT_EQ((*form)[0].content, "");
    EXPECT_EQ((*form)[1].name, "file");
    EXPECT_EQ((*form)[1].file_name, "a b.png");
    EXPECT_EQ((*form)[1].content, std::string_view("\x89PNG\r\n--X\0\r\n", 12));
}

TEST(Multipart, ReadsTheNamesThatClientsWrite) {
    struct Written {
        std::string_view parameter;
        std::string_view name;
    };
    for (const auto& [parameter, name] :
         std::array{Written{R"("say \"hi\".txt")", R"(say "hi".txt)"}, Written{R"("C:\new\a.txt")", R"(C:\new\a.txt)"},
                    Written{R"("say %22hi%22.txt")", R"(say "hi".txt)"}, Written{"plain.txt", "plain.txt"},
                    Written{"\"\"", ""}, Written{"\"ação.pdf\"", "ação.pdf"}}) {
        const auto body =
            part("content-disposition:form-data;name=f;filename=" + std::string(parameter), "x") + "--XX--";
        const auto form = parse_form(type, body);
        ASSERT_TRUE(form) << parameter << form.error();
        EXPECT_EQ(form->front().file_name, name);
    }
}

TEST(Multipart, TakesTheBoundaryInQuotesAndOfAnyCase) {
    EXPECT_TRUE(parse_form("Multipart/Form-Data; charset=utf-8; Boundary=\"XX\"", whole));
    EXPECT_TRUE(parse_form("multipart/form-data; boundary=\"a b\"", "--a b--"));
}

TEST(Multipart, RefusesTypesWithoutAProperBoundary) {
    for (const std::string_view wrong :
         {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
          "multipart/form-data; boundary=\"XX", "multipart/form-data boundary=XX", "multipart/mixed; boundary=XX",
          "multipart/form-data; boundary=\"XX \"", "multipart/form-data; boundary=X\x01X",
          "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890"}) {
        EXPECT_FALSE(parse_form(wrong, whole)) << wrong;
    }
}

TEST(Multipart, RefusesBodiesThatAreNotWhole) {
    for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
        EXPECT_FALSE(parse_form(type, whole.substr(0, length))) << length;
    }
}

TEST(Multipart, RefusesWhatIsNoForm) {
    const std::string named = "Content-Disposition: form-data; name=a";
    const std::string unparted = "--XXX\r\n" + named + "\r\n\r\n\r\n--XX--";
    const std::string twice_named = named + "\r\n" + named;
    const std::string long_headed = named + "\r\nX: " + std::string(9'000, 'x');
    for (const std::string& wrong :
         {" " + whole, "preamble\r\n" + whole, whole + "more", unparted,
          part("Content-Type: text/plain", "x") + "--XX--", part("Content-Disposition: form-data", "x") + "--XX--",
          part("Content-Disposition: attachment; name=a", "x") + "--XX--", part("no colon", "x") + "--XX--",
          part(twice_named, "x") + "--XX--", part("Content-Disposition: form-data; name=\"a", "x") + "--XX--",
          part(long_headed, "x") + "--XX--", part(named, "x") + "--XX --"}) {
        EXPECT_FALSE(parse_form(type, wrong)) << wrong;
    }
    std::string many;
    for (std::size_t count = 0; count <= form_parts_max; ++count) many += part(named, "x");
    EXPECT_FALSE(parse_form(type, many + "--XX--"));
}

}  // namespace
}  // namespace etapa::net
