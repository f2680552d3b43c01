// The members of the organization: who conversations can be assigned to.
#include "api/references.hpp"
#include "api/resources.hpp"
#include "crm/events/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/people/store.hpp"
#include "flow/clear.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

struct NewMember {
    Email email;
    std::optional<Name> name;
    MemberRole role = MemberRole::user;
    bool invite = false;

    static consteval auto fields() {
        return describe(field("email", &NewMember::email, "E-mail address.", required),
                        field("name", &NewMember::name, "Name; the e-mail address when absent."),
                        field("role", &NewMember::role, "What the member may do.", required),
                        field("invite", &NewMember::invite, "Leaves the membership pending until it is accepted."));
    }
};

bool is_active_owner(const Membership& member) { return member.role == MemberRole::owner && member.eligible(); }

// Called before `leaving` stops to be an owner who can act.
void keep_an_owner(WriteTx& tx, const Membership& leaving) {
    organizations::lock(tx);  // so that two owners cannot leave at once
    const auto stays = [&](const Membership& member) { return member.id != leaving.id && is_active_owner(member); };
    if (std::ranges::none_of(people::list(tx), stays)) {
        throw conflict("The organization needs an owner: make another member one first.");
    }
}

std::vector<Membership> list_memberships(ReadTx& tx) { return people::list(tx); }

Created<Membership> create_membership(WriteTx& tx, const NewMember& wanted) {
    organizations::lock(tx);
    if (people::find_by_email(tx, wanted.email)) {
        throw conflict("'" + wanted.email.value + "' is a member of this organization already.");
    }
    Membership member;
    member.email = wanted.email;
    member.name = wanted.name.value_or(Name{wanted.email.value});
    member.role = wanted.role;
    member = people::add(tx, member, wanted.invite ? people::Joining::invited : people::Joining::accepted);
    events::publish_created(tx, "membership.created", member);
    return {member};
}

Membership update_membership(WriteTx& tx, const MembershipId& id, const Patch<Membership>& patch) {
    const Membership before = people::lock(tx, id);
    patch.bad().refuse();
    Membership member = patch.applied_to(before);
    if (is_active_owner(before) && !is_active_owner(member)) keep_an_owner(tx, before);
    if (events::publish_changed(tx, "membership.changed", before, member)) {
        member.updated_at = time_of_change(before.updated_at, tx.now());
        people::save(tx, member);
    }
    return member;
}

// R94. The assignments may be many: they go with the rows that a job clears.
Membership delete_membership(WriteTx& tx, const MembershipId& id) {
    Membership member = people::lock(tx, id);
    if (is_active_owner(member)) keep_an_owner(tx, member);
    member.deleted_at = tx.now();
    people::save(tx, member);
    forget_member(tx, id);
    events::publish_deleted(tx, "membership.deleted", member);
    flow::clear(tx, flow::Cleared::membership, id.value);
    return member;
}

}  // namespace

void memberships(Router& router) {
    router.resource("Memberships", "The people of the organization, to whom conversations are assigned.");
    router.get("/memberships", "List the members", list_memberships);
    router.post("/memberships", "Add a member", create_membership);
    router.patch("/memberships/{id}", "Change a member's name, role or access", update_membership);
    router.del("/memberships/{id}", "Remove a member", delete_membership);
}

}  // namespace etapa::api
