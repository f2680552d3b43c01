#include "crm/organizations/found.hpp"

#include "crm/keys/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/people/store.hpp"

namespace etapa::organizations {

Caller founder(const Env& env) {
    Caller caller;
    caller.organization = {IdMaker(env.random).next(env.clock.now())};
    return caller;
}

Founded found(WriteTx& tx, const Name& name, const Email& owner_email, const std::optional<Name>& owner_name) {
    create(tx, name);
    Membership owner;
    owner.email = owner_email;
    owner.name = owner_name.value_or(Name{owner_email.value});
    owner.role = MemberRole::owner;
    owner = people::add(tx, std::move(owner), people::Joining::accepted);
    auto key = keys::create(tx, Name{"First key"}, std::nullopt);
    return {tx.organization(), owner.user_id, owner.id, std::move(key.token)};
}

}  // namespace etapa::organizations
