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

std::string hmac_sha256(std::string_view key, std::string_view text) {
    initialize();
    crypto_auth_hmacsha256_state state{};
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
    crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
    std::string digest(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

std::string base64(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // the terminating NUL
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes(text.size(), '\0');
    std::size_t count = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                          nullptr, &count, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return std::nullopt;
    }
    bytes.resize(count);
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    initialize();
    return hex({bytes_of(bytes), bytes.size()});
}

std::optional<std::string> from_hex(std::string_view digits) {
    initialize();
    std::string bytes(digits.size() / 2, '\0');
    std::size_t count = 0;
    const auto status = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), digits.data(),
                                       digits.size(), nullptr, &count, nullptr);
    return status == 0 && count * 2 == digits.size() ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string seal(std::string_view key, std::string_view text, Random& random) {
    static_assert(key_bytes == crypto_secretbox_KEYBYTES);
    initialize();
    ensure(key.size() == key_bytes, "a key is made or read as a whole");
    std::vector<unsigned char> sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size());
    const auto nonce = std::span(sealed).first<crypto_secretbox_NONCEBYTES>();
    random.fill(std::as_writable_bytes(nonce));
    crypto_secretbox_easy(sealed.data() + nonce.size(), bytes_of(text), text.size(), nonce.data(), bytes_of(key));
    return hex(sealed);
}

std::optional<std::string> open(std::string_view key, std::string_view sealed) {
    constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    const auto bytes = from_hex(sealed);
    if (!bytes || bytes->size() < overhead || key.size() != key_bytes) return std::nullopt;
    const auto box = std::string_view(*bytes).substr(crypto_secretbox_NONCEBYTES);
    std::string text(bytes->size() - overhead, '\0');
    const auto status = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(text.data()), bytes_of(box),
                                                   box.size(), bytes_of(*bytes), bytes_of(key));
    return status == 0 ? std::optional(std::move(text)) : std::nullopt;
}

bool equal(std::string_view left, std::string_view right) {
    initialize();
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace etapa::crypto
