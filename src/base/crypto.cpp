#include "base/crypto.hpp"

#include "base/problem.hpp"

#include <array>
#include <sodium.h>
#include <span>
#include <vector>

namespace etapa::crypto {
namespace {

void initialize() {
    static const int status = sodium_init();
    ensure(status >= 0, "the library of cryptography starts on every machine that we run on");
}

std::string hex(std::span<const unsigned char> bytes) {
    std::string digits(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size());
    digits.pop_back();  // the terminating NUL
    return digits;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::string sha256_hex(std::string_view text) {
    initialize();
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), bytes_of(text), text.size());
    return hex(digest);
}

std::string secret_hex(Random& random, std::size_t byte_count) {
    initialize();
    std::vector<unsigned char> bytes(byte_count);
    random.fill(std::as_writable_bytes(std::span(bytes)));
    return hex(bytes);
}

bool equal(std::string_view left, std::string_view right) {
    initialize();
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace etapa::crypto
