#include "crm/blobs/sniff.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace etapa::blobs {
namespace {

using namespace std::string_view_literals;

struct Told {
    std::string_view type;
    std::string_view bytes;
};

TEST(Sniff, TellsTheTypeFromTheBytes) {
    for (const auto& [type, bytes] :
         std::array{Told{"image/png", "\x89PNG\r\n\x1A\n\0\0"sv}, Told{"image/jpeg", "\xFF\xD8\xFF\xE0"sv},
                    Told{"image/gif", "GIF89a..."sv}, Told{"image/webp", "RIFF\0\0\0\0WEBPVP8 "sv},
                    Told{"audio/wav", "RIFF\0\0\0\0WAVEfmt "sv}, Told{"application/pdf", "%PDF-1.7\n"sv},
                    Told{"audio/mpeg", "ID3\x04"sv}, Told{"audio/mpeg", "\xFF\xFB\x90"sv},
                    Told{"audio/mp4",
                         "\0\0\0\x20"
                         "ftypM4A isom"sv},
                    Told{"video/mp4",
                         "\0\0\0\x20"
                         "ftypisom"sv},
                    Told{"video/webm", "\x1A\x45\xDF\xA3\x01"sv}, Told{"application/zip", "PK\x03\x04\x14"sv},
                    Told{"text/plain", "Olá\r\n"sv}, Told{"text/plain", "<html><script>alert(1)</script>"sv},
                    Told{"text/plain", "<svg xmlns='http://www.w3.org/2000/svg'/>"sv},
                    Told{"application/octet-stream",
                         "\x7F"
                         "ELF\x02\x01"sv},
                    Told{"application/octet-stream", "a\0b"sv}, Told{"application/octet-stream", "RIFF\0\0\0\0????"sv},
                    Told{"application/octet-stream", "\xFF"sv}}) {
        EXPECT_EQ(sniff(bytes), type) << std::string(bytes);
    }
    for (std::size_t bytes = 4'090; bytes < 4'100; ++bytes) {
        EXPECT_EQ(sniff(std::string(bytes, 'a') + "ção, e mais"), "text/plain") << "wherever the beginning ends";
    }
    const std::string opus = "OggS" + std::string(24, '\0') + "OpusHead";
    EXPECT_EQ(sniff(opus), "audio/ogg");
    EXPECT_EQ(sniff(opus.substr(0, 30)), "video/ogg");
}

TEST(Sniff, OnlyPicturesSoundFilmsAndPdfAreShown) {
    for (const std::string_view shown : {"image/png", "audio/ogg", "video/mp4", "application/pdf"}) {
        EXPECT_TRUE(is_harmless(shown)) << shown;
    }
    for (const std::string_view stored : {"text/plain", "text/html", "application/zip", "application/octet-stream"}) {
        EXPECT_FALSE(is_harmless(stored)) << stored;
    }
}

}  // namespace
}  // namespace etapa::blobs
