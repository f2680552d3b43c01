#include "app/commands/command.hpp"
#include "app/commands/operate.hpp"
#include "crm/keys/store.hpp"
#include "crm/organizations/store.hpp"

#include <optional>

namespace etapa::app {
namespace {

// The answer to `key create`: the only time that the token can be read.
struct ShownKey {
    ApiKey key;
    std::string api_key;

    static consteval auto fields() {
        return describe(spread(&ShownKey::key), field("apiKey", &ShownKey::api_key, "The key itself, shown once."));
    }
};

struct Where {
    std::string url{standard_database};
    std::string organization;
};

void take_where(CommandLine& line, Where& where) {
    take_database(line, where.url);
    line.option("--organization", where.organization, "Id of the organization; needed when there are several");
}

// On behalf of the organization that was named, or else of the only one.
Caller caller_of(Database& database, const std::string& wanted) {
    Caller caller;
    auto list = [](ReadTx& tx) { return organizations::list(tx); };
    const auto all = database.read_now(caller, list);
    if (all.empty()) throw Usage("There is no organization yet. Create one with `etapa init`.");
    if (wanted.empty() && all.size() > 1) {
        std::string sentence = "There are several organizations. Say which one with --organization ID:";
        for (const auto& one : all) sentence += "\n  " + one.id.value + "  " + one.name.value;
        throw Usage(sentence);
    }
    for (const auto& one : all) {
        if (wanted.empty() || one.id.value == wanted) caller.organization = one.id;
    }
    if (caller.organization.empty()) throw Usage("There is no organization with the id '" + wanted + "'.");
    return caller;
}

std::optional<Time> checked_expiry(const std::string& text, Time now) {
    if (text.empty()) return std::nullopt;
    const auto time = parse_time(text);
    if (!time) throw Usage("--expires must be a date or a time in UTC, such as 2030-12-31 or 2030-12-31T18:00:00Z.");
    if (*time <= now) throw Usage("--expires must lie in the future.");
    return time;
}

void create_key(CommandLine& line) {
    Where where;
    std::string name = "Key";
    std::string expires;
    take_where(line, where);
    line.option("--name", name, "What the key is for");
    line.option("--expires", expires, "Date or time in UTC after which the key stops to work; never when absent");
    line.parse();
    const auto what_for = checked<Name>("--name", name);
    Opened opened(where.url);
    const auto expires_at = checked_expiry(expires, opened.surroundings.clock.now());
    const Caller caller = caller_of(opened.database, where.organization);
    auto create = [&](WriteTx& tx) { return keys::create(tx, what_for, expires_at); };
    const auto made = opened.database.write_now(caller, create);
    print(ShownKey{made.key, made.token});
}

void list_keys(CommandLine& line) {
    Where where;
    take_where(line, where);
    line.parse();
    Opened opened(where.url);
    const Caller caller = caller_of(opened.database, where.organization);
    auto list = [](ReadTx& tx) { return keys::list(tx); };
    print(opened.database.read_now(caller, list));
}

void revoke_key(CommandLine& line) {
    Where where;
    std::string id;
    take_where(line, where);
    line.operand("ID", id, "Id of the key, from `etapa key list`");
    line.parse();
    const KeyId key{id};
    Opened opened(where.url);
    const Caller caller = caller_of(opened.database, where.organization);
    auto revoke = [&](WriteTx& tx) { return keys::revoke(tx, key); };
    print(opened.database.write_now(caller, revoke));
}

}  // namespace

extern const Command key_create{.name = "key create",
                                .about = "Makes an API key and shows it once",
                                .example = "etapa key create --name \"Website\" --expires 2030-12-31",
                                .run = create_key};
extern const Command key_list{.name = "key list",
                              .about = "Lists the API keys, revoked ones too",
                              .example = "etapa key list --database sqlite:data/etapa.db",
                              .run = list_keys};
extern const Command key_revoke{.name = "key revoke",
                                .about = "Revokes an API key at once",
                                .example = "etapa key revoke cmf3k8z1q0001h2x9p4t7w5bn",
                                .run = revoke_key};

}  // namespace etapa::app
