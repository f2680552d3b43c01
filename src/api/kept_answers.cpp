#include "api/kept_answers.hpp"

namespace etapa::api {

std::string_view KeptAnswers::name_of(const net::Request& request) {
    name_.clear();
    name_.append(request.authorization).append(1, '\n').append(request.path).append(1, '?').append(request.query);
    return name_;
}

const KeptAnswer* KeptAnswers::find(std::int64_t data_version, const net::Request& request) {
    if (data_version != data_version_) {
        answers_.clear();
        bytes_ = 0;
        data_version_ = data_version;
    }
    if (answers_.empty()) return nullptr;
    name_of(request);
    const auto found = answers_.find(name_);
    return found == answers_.end() ? nullptr : &found->second;
}

void KeptAnswers::keep(std::int64_t data_version, const net::Request& request, KeptAnswer answer) {
    if (data_version != data_version_ || answer.body.size() > answer_bytes_max) return;
    const auto bytes = name_of(request).size() + sizeof(KeptAnswer) + answer.body.size();
    if (bytes_ + bytes > bytes_max) return;
    if (answers_.emplace(name_, std::move(answer)).second) bytes_ += bytes;
}

}  // namespace etapa::api
