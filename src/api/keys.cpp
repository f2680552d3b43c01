// The API keys of the organization, over HTTP. `etapa key` does the same without a key.
#include "api/resources.hpp"
#include "crm/events/store.hpp"
#include "crm/keys/store.hpp"
#include "crm/organizations/store.hpp"

namespace etapa::api {
namespace {

struct KeyWish {
    Name name;
    std::optional<Time> expires_at;

    static constexpr std::string_view schema_name = "ApiKey";
    static consteval auto fields() {
        return describe(field("name", &KeyWish::name, "What the key is for.", required),
                        field("expiresAt", &KeyWish::expires_at, "When it stops to work; never when absent."));
    }
};

// The only answer that shows a key.
struct ShownKey {
    KeyId id;
    Name name;
    std::string api_key;
    Time created_at;
    std::optional<Time> expires_at;

    static constexpr std::string_view schema_name = "ShownApiKey";
    static consteval auto fields() {
        return describe(field("id", &ShownKey::id, "Identity of the key; not the key itself."),
                        field("name", &ShownKey::name, "What the key is for."),
                        field("apiKey", &ShownKey::api_key, "The key itself, shown this once."),
                        field("createdAt", &ShownKey::created_at, "When it was made."),
                        field("expiresAt", &ShownKey::expires_at, "When it stops to work."));
    }
};

std::vector<ApiKey> unrevoked(ReadTx& tx) {
    auto list = keys::list(tx);
    std::erase_if(list, [](const ApiKey& key) { return key.revoked_at.has_value(); });
    return list;
}

std::vector<ApiKey> list_keys(ReadTx& tx) { return unrevoked(tx); }

Created<ShownKey> create_key(WriteTx& tx, const New<KeyWish>& body) {
    constexpr std::size_t keys_max = 100;
    const auto& wish = body.entity();
    BadFields bad = body.bad();
    if (wish.expires_at && *wish.expires_at <= tx.now()) bad.add("expiresAt", "must lie in the future");
    bad.refuse();
    organizations::lock(tx);
    if (unrevoked(tx).size() >= keys_max) throw conflict("The organization has 100 keys; revoke one first.");
    auto made = keys::create(tx, wish.name, wish.expires_at);
    events::publish_created(tx, "key.created", made.key);
    return {{made.key.id, made.key.name, std::move(made.token), made.key.created_at, made.key.expires_at}};
}

// Also the key that asks: the answer is the last thing that it opens.
ApiKey revoke_key(WriteTx& tx, const KeyId& id) {
    const ApiKey before = keys::lock(tx, id);
    ApiKey key = keys::revoke(tx, id);
    events::publish_changed(tx, "key.revoked", before, key);
    return key;
}

}  // namespace

void keys(Router& router) {
    router.resource("Keys", "The API keys of the organization.");
    router.get("/keys", "List the keys that are not revoked, oldest first", list_keys);
    router.post("/keys", "Make a key and show it once", create_key).secret();
    router.del("/keys/{id}", "Revoke a key at once", revoke_key);
}

}  // namespace etapa::api
