#include "crm/blobs/sniff.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace etapa::blobs {
namespace {

using namespace std::string_view_literals;

// `bytes` stand at the beginning, and `more` at `more_at`.
struct Signature {
    std::string_view type;
    std::string_view bytes;
    std::size_t more_at = 0;
    std::string_view more = {};
};

constexpr std::array signatures{
    Signature{"image/png", "\x89PNG\r\n\x1A\n"sv},
    Signature{"image/jpeg", "\xFF\xD8\xFF"sv},
    Signature{"image/gif", "GIF87a"sv},
    Signature{"image/gif", "GIF89a"sv},
    Signature{"image/webp", "RIFF"sv, 8, "WEBP"sv},
    Signature{"audio/wav", "RIFF"sv, 8, "WAVE"sv},
    Signature{"video/x-msvideo", "RIFF"sv, 8, "AVI "sv},
    Signature{"application/pdf", "%PDF-"sv},
    Signature{"audio/mpeg", "ID3"sv},
    Signature{"audio/mpeg", "\xFF\xFB"sv},
    Signature{"audio/mpeg", "\xFF\xF3"sv},
    Signature{"audio/mpeg", "\xFF\xF2"sv},
    Signature{"audio/aac", "\xFF\xF1"sv},
    Signature{"audio/aac", "\xFF\xF9"sv},
    Signature{"audio/amr", "#!AMR"sv},
    Signature{"audio/flac", "fLaC"sv},
    Signature{"audio/ogg", "OggS"sv, 28, "OpusHead"sv},
    Signature{"audio/ogg", "OggS"sv, 28, "\x01vorbis"sv},
    Signature{"audio/ogg", "OggS"sv, 28, "Speex   "sv},
    Signature{"video/ogg", "OggS"sv},
    Signature{"video/webm", "\x1A\x45\xDF\xA3"sv},
    Signature{"audio/mp4", ""sv, 4, "ftypM4A"sv},
    Signature{"image/avif", ""sv, 4, "ftypavif"sv},
    Signature{"image/heic", ""sv, 4, "ftyphei"sv},
    Signature{"video/quicktime", ""sv, 4, "ftypqt"sv},
    Signature{"video/3gpp", ""sv, 4, "ftyp3gp"sv},
    Signature{"video/mp4", ""sv, 4, "ftyp"sv},
    Signature{"application/zip", "PK\x03\x04"sv},
    Signature{"application/gzip", "\x1F\x8B\x08"sv},
};

bool fits(const Signature& signature, std::string_view bytes) {
    return bytes.starts_with(signature.bytes) &&
           bytes.substr(std::min(signature.more_at, bytes.size())).starts_with(signature.more);
}

// Enough of a file to tell whether it is text; characters are left whole.
std::string_view beginning(std::string_view bytes) {
    std::size_t size = std::min<std::size_t>(bytes.size(), 4'096);
    while (size < bytes.size() && size > 0 && (static_cast<unsigned char>(bytes[size]) & 0xC0U) == 0x80U) --size;
    return bytes.substr(0, size);
}

bool is_readable(std::string_view bytes) {
    const auto is_control = [](unsigned char c) { return c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f'; };
    return is_valid_text(bytes) && std::ranges::none_of(bytes, is_control);
}

}  // namespace

std::string_view sniff(std::string_view bytes) {
    for (const auto& signature : signatures) {
        if (fits(signature, bytes)) return signature.type;
    }
    return is_readable(beginning(bytes)) ? "text/plain" : "application/octet-stream";
}

bool is_harmless(std::string_view mime_type) {
    return mime_type.starts_with("image/") || mime_type.starts_with("audio/") || mime_type.starts_with("video/") ||
           mime_type == "application/pdf";
}

}  // namespace etapa::blobs
