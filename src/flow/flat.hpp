#pragma once
// The flat payload of step and agent webhooks (API fact 13.3): members in order, those that are not known left out.

#include "base/json_write.hpp"
#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace etapa::flow {

class Flat {
public:
    template <class T> Flat& add(std::string_view name, const T& value) {
        text_ += text_.empty() ? '{' : ',';
        json::append_string(text_, name);
        text_ += ':';
        json::append(text_, value);
        return *this;
    }
    template <class T> Flat& add_if(std::string_view name, const std::optional<T>& value) {
        return value ? add(name, *value) : *this;
    }

    // What every payload says about the conversation, its end user, its tags and variables.
    Flat& add_conversation(ReadTx& tx, const Conversation& conversation);

    [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + '}'; }

private:
    void add_contact(ReadTx& tx, const Conversation& conversation);

    std::string text_;
};

}  // namespace etapa::flow
