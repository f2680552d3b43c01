// Fills a database with conversations through the server's own functions, fast: large commits that wait for no disk.
//
//     fill FILE ORGANIZATION COUNT STEP… > IDS
//
// Conversation number n belongs to a contact of its own and stands in step n modulo the number of steps.

#include "handlers.hpp"

#include <iostream>

namespace {

using namespace etapa;
using namespace etapa::bench;

constexpr std::int64_t conversations_per_commit = 500;

std::string id_in(const std::string& answer) {
    constexpr std::string_view before = R"("id":")";
    const auto begin = answer.find(before) + before.size();
    return answer.substr(begin, answer.find('"', begin) - begin);
}

std::string conversation(std::int64_t number) {
    const auto text = std::to_string(number);
    const auto digits = std::string(8 - std::min<std::size_t>(8, text.size()), '0') + text;
    return R"({"channel":"whatsapp","title":"Conversation )" + text + R"(","contact":{"firstName":"Customer )" + text +
           R"(","phoneNumber":"+55415)" + digits + R"("}})";
}

std::string placing(const std::string& conversation, const std::string& step) {
    return R"({"conversationId":")" + conversation + R"(","stepId":")" + step + R"("})";
}

int run(const std::vector<std::string>& arguments) {
    if (arguments.size() < 5) {
        std::cerr << "fill FILE ORGANIZATION COUNT STEP...\n";
        return 2;
    }
    Surroundings surroundings;
    surroundings.caller = {{arguments[2]}, {ActorKind::api, "bench"}, "bench"};
    Handlers creating(surroundings, net::Method::post, "/conversation");
    Handlers placings(surroundings, net::Method::post, "/crm/step/conversation");
    const std::int64_t count = std::stoll(arguments[3]);
    const std::vector<std::string> steps(arguments.begin() + 4, arguments.end());
    db::SqliteConnection connection(arguments[1], db::Access::write);
    connection.execute_script("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 20000;");
    for (std::int64_t number = 0; number < count; ++number) {
        if (number % conversations_per_commit == 0) connection.execute("BEGIN IMMEDIATE");
        const auto id = id_in(creating.answer(connection, conversation(number)));
        placings.answer(connection, placing(id, steps[static_cast<std::size_t>(number) % steps.size()]));
        std::cout << id << '\n';
        if ((number + 1) % conversations_per_commit == 0 || number + 1 == count) connection.execute("COMMIT");
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run({arguments, arguments + count});
    } catch (const std::exception& failure) {
        std::cerr << "fill: " << failure.what() << '\n';
        return 1;
    }
}
