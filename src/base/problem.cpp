#include "base/problem.hpp"

#include <algorithm>
#include <stdexcept>

namespace etapa {

bool BadFields::names(std::string_view path) const {
    return std::ranges::any_of(fields_, [&](const BadField& field) { return field.path == path; });
}

void BadFields::refuse() const {
    if (fields_.empty()) return;
    std::string sentence = "The request is not valid:";
    for (const auto& field : fields_) sentence += ' ' + field.path + ' ' + field.message + ';';
    sentence.back() = '.';
    throw Problem(400, "invalid_request", std::move(sentence), fields_);
}

void ensure(bool condition, std::string_view why, std::source_location where) {
    if (condition) return;
    throw std::logic_error(std::string(where.file_name()) + ':' + std::to_string(where.line()) +
                           ": this should always hold: " + std::string(why));
}

}  // namespace etapa
