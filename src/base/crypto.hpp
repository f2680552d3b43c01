#pragma once
// Hashes, secrets, and comparisons that leak nothing through their duration. Knows no noun. crypto.cpp is the only file
// that includes the library behind it.

#include "base/random.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace etapa::crypto {

// The SHA-256 of the text in lower-case hexadecimal digits.
std::string sha256_hex(std::string_view text);

// `byte_count` random bytes in lower-case hexadecimal digits.
std::string secret_hex(Random& random, std::size_t byte_count);

// The HMAC-SHA256 of the text, as 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

// Bytes as text in the usual alphabet of Base64 with padding, and back; empty optional for what is no such text.
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// Bytes as lower-case hexadecimal digits, and back; empty optional for what is no such text.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view digits);

// What seals and opens: 32 bytes that nobody else may know.
inline constexpr std::size_t key_bytes = 32;

// Encrypts a text so that nobody without the key can read or change it; the result is text. Twice the same text gives
// two results.
std::string seal(std::string_view key, std::string_view text, Random& random);
// Empty optional: it was not sealed with this key, or was changed since.
std::optional<std::string> open(std::string_view key, std::string_view sealed);

// Compares texts of equal length in a time that does not depend on where they differ.
bool equal(std::string_view left, std::string_view right);

}  // namespace etapa::crypto
