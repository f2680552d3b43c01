#include "support/powered_world.hpp"

#include "db/sqlite.hpp"
#include "support/invariants.hpp"

#include <set>
#include <thread>

namespace etapa::tests {
namespace {

using Texts = std::vector<std::string>;

std::string object(std::string_view first, std::string_view a, std::string_view second, std::string_view b) {
    return R"({")" + std::string(first) + R"(":")" + std::string(a) + R"(",")" + std::string(second) + R"(":")" +
           std::string(b) + R"("})";
}

// Rows of one or two texts.
std::vector<std::pair<std::string, std::string>> rows(db::SqliteConnection& file, Sql statement) {
    std::vector<std::pair<std::string, std::string>> rows;
    auto keep = [&](const db::Row& row) { rows.emplace_back(row.text(0), row.text(1)); };
    file.run({statement.text()}, {}, keep);
    return rows;
}

// Each list must begin with what was acknowledged; the call in flight may have added one more.
void compare(const std::map<std::string, Texts>& acknowledged,
             const std::vector<std::pair<std::string, std::string>>& stored, const std::string& what, Texts& losses) {
    std::map<std::string, Texts> there;
    for (const auto& [conversation, item] : stored) there[conversation].push_back(item);
    for (const auto& [conversation, items] : acknowledged) {
        auto& found = there[conversation];
        const bool begins = found.size() >= items.size() && std::equal(items.begin(), items.end(), found.begin());
        const auto& fault = begins ? " is there too often" : " is lost";
        if (begins && found.size() <= items.size() + 1) continue;
        losses.push_back(what);
        losses.back().append(" of ").append(conversation).append(fault);
    }
}

}  // namespace

PoweredWorld::PoweredWorld() : disk(Disk::instance()) {
    // Whatever a process that has ended does not do any more is not done without power, either.
    world.database_settings().end_process = [this] { disk.cut_power_at(1); };
    const auto sales = world.scenario();
    first_ = world.step(sales, "First");
    second_ = world.step(sales, "Second", R"("defaultStatus":"HUMAN_REQUESTED","defaultTags":["warm"])");
    timed_ = world.step(sales, "Timed", R"("autoNextTime":60,"autoNextStepId":")" + first_ + '"');
    world.stop();
    disk.load(disk.files());
}

void PoweredWorld::work_until_power_cut(int clients, std::int64_t change, std::uint64_t seed,
                                        Acknowledged& acknowledged) {
    disk.cut_power_at(change);
    std::vector<std::jthread> threads;
    for (int client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
            SeededRandom random(seed * 1'000 + static_cast<std::uint64_t>(client));
            while (disk.has_power()) live_one_conversation(random, acknowledged);
        });
    }
    threads.clear();
    world.stop();
}

void PoweredWorld::live_one_conversation(Random& random, Acknowledged& acknowledged) {
    const auto is_stored = [&](std::string_view path, const std::string& body, Answer& answer) {
        answer = world.call("POST", path, body);
        return answer.status / 100 == 2;
    };
    const auto note = [&](std::vector<std::string>* list, const std::string& item) {
        const std::lock_guard lock(acknowledged.mutex);
        ++acknowledged.changes;
        if (list != nullptr) list->push_back(item);
    };
    Answer answer;
    if (!is_stored("/conversation", "{}", answer)) return;
    const auto id = answer.text("id");
    std::vector<std::string>* entries = nullptr;
    std::vector<std::string>* messages = nullptr;
    {
        const std::lock_guard lock(acknowledged.mutex);
        entries = &acknowledged.entries[id];
        messages = &acknowledged.messages[id];
    }
    note(nullptr, "");
    const auto begin = random.below(3) == 0 ? timed_ : first_;
    if (!is_stored("/crm/step/conversation", object("conversationId", id, "stepId", begin), answer)) return;
    note(entries, begin);
    for (auto count = random.below(5); count > 0; --count) {
        const auto text = std::to_string(random.below(1'000)) + std::string(random.below(2) * 5'000, 'x');
        if (!is_stored("/conversations/" + id + "/message-register", object("message", text, "from", "human"), answer))
            return;
        note(messages, text);
        const auto step = entries->back() == second_ ? first_ : second_;
        if (!is_stored("/crm/step/move", object("conversationId", id, "destStepId", step), answer)) return;
        note(entries, step);
    }
    if (random.below(6) == 0) {
        const std::lock_guard one_runner(runner_);
        try {
            world.pass(seconds(30));
        } catch (const db::StoreUnavailable&) {
            return;  // the power is gone
        }
    }
}

std::vector<std::string> PoweredWorld::losses(const Acknowledged& acknowledged) const {
    Texts losses;
    try {
        db::SqliteConnection file(world.file(), db::Access::write);
        for (const auto& [sentence, unused] : rows(file, "SELECT integrity_check, '' FROM pragma_integrity_check")) {
            if (sentence != "ok") losses.push_back(sentence);
        }
        std::set<std::string> present;
        for (const auto& [id, unused] : rows(file, "SELECT id, '' FROM conversation")) present.insert(id);
        for (const auto& [id, steps] : acknowledged.entries) {
            if (!present.contains(id)) losses.push_back("conversation " + id + " is lost");
        }
        compare(acknowledged.entries,
                rows(file, "SELECT conversation_id, step_id FROM stay WHERE cause <> 'timer' ORDER BY entry_seq"),
                "an entry", losses);
        compare(acknowledged.messages, rows(file, "SELECT conversation_id, text FROM message ORDER BY id"), "a message",
                losses);
    } catch (const std::exception& why) {
        losses.emplace_back(why.what());
    }
    return losses;
}

std::vector<std::string> PoweredWorld::broken() {
    auto check = [](ReadTx& tx) { return broken_invariants(tx); };
    return world.database().read_now(world.caller(), check);
}

}  // namespace etapa::tests
