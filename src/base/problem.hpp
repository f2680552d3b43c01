#pragma once
// Why a request cannot be fulfilled. Thrown by any inside function, caught in exactly two places: the router and the
// job runner (DESIGN 8). Bugs are `ensure`; outcomes that the direct caller decides upon are values.

#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etapa {

// One wrong member of a request: its name there (dotted for nested ones) and what was expected.
struct BadField {
    std::string path;
    std::string message;
};

class Problem : public std::exception {
public:
    Problem(int status, std::string_view code, std::string sentence, std::vector<BadField> fields = {})
        : status_(status), code_(code), sentence_(std::move(sentence)), fields_(std::move(fields)) {}

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] std::string_view code() const { return code_; }
    [[nodiscard]] const std::string& sentence() const { return sentence_; }
    [[nodiscard]] const std::vector<BadField>& fields() const { return fields_; }
    [[nodiscard]] const char* what() const noexcept override { return sentence_.c_str(); }

private:
    int status_;
    std::string_view code_;  // a literal: stable snake_case that clients may switch on
    std::string sentence_;
    std::vector<BadField> fields_;
};

// 404 for what the call acts on, whether it never existed or belongs to another organization (R106).
inline Problem not_found(std::string_view noun, std::string_view id) {
    return {404, "not_found", "There is no " + std::string(noun) + " with the id '" + std::string(id) + "'."};
}

inline Problem conflict(std::string sentence) { return {409, "conflict", std::move(sentence)}; }

// The wrong members of one request, collected so that all are reported at once.
class BadFields {
public:
    void add(std::string path, std::string message) { fields_.push_back({std::move(path), std::move(message)}); }
    [[nodiscard]] bool empty() const { return fields_.empty(); }
    [[nodiscard]] bool names(std::string_view path) const;
    [[nodiscard]] const std::vector<BadField>& list() const { return fields_; }

    // Throws a 400 that names them all, unless there are none.
    void refuse() const;

private:
    std::vector<BadField> fields_;
};

// A bug if `condition` is false. `why` says why it always holds.
void ensure(bool condition, std::string_view why, std::source_location where = std::source_location::current());

}  // namespace etapa
