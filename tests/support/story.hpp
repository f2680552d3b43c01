#pragma once
// Runs stories: plain text that tells what people and the API do and what must be seen. The lines that there are stand
// in Story::tell.

#include "support/world.hpp"

#include <map>
#include <string>
#include <string_view>

namespace etapa::tests {

class Story {
public:
    // Does one line; a failed expectation fails the test and names the line.
    void tell(const std::string& line);

private:
    void define_scenario(std::string_view rest);
    void define_person(const std::string& what, const std::string& name, const std::string& members);
    void request(const std::string& method, const std::string& rest);
    void enter(const std::string& verb, const std::string& rest);
    void set_step(const std::string& rest);
    void say(const std::string& rest);
    void expect(const std::string& rest);
    void expect_history(const std::string& rest);
    void expect_events(const std::string& rest);
    void pass(const std::string& span);

    void name(const std::string& name, const std::string& id);
    [[nodiscard]] std::string id(const std::string& name) const;
    // Replaces every `@name` by the id of that name.
    [[nodiscard]] std::string with_ids(std::string_view text) const;
    // Sends, and compares with `-> STATUS JSON` when that is given.
    void send(const std::string& method, const std::string& path, const std::string& body, const std::string& expected);

    World world_;
    std::map<std::string, std::string> ids_;
};

}  // namespace etapa::tests
