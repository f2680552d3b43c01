#pragma once
// Founding an organization: what `etapa init`, the demo and tests begin with.

#include "base/env.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>

namespace etapa::organizations {

struct Founded {
    OrganizationId organization_id;
    UserId user_id;
    MembershipId membership_id;
    std::string api_key;  // shown once: only its hash is stored

    static consteval auto fields() {
        return describe(field("organizationId", &Founded::organization_id, "The organization."),
                        field("userId", &Founded::user_id, "The owner as a person."),
                        field("membershipId", &Founded::membership_id, "The owner as a member."),
                        field("apiKey", &Founded::api_key, "A key with full rights."));
    }
};

// Somebody who may found an organization: carries the id that it will have.
Caller founder(const Env& env);

// Founds the organization whose fresh id the caller of the transaction carries, with its owner and a key. The owner's
// name is the e-mail address unless told.
Founded found(WriteTx& tx, const Name& name, const Email& owner_email, const std::optional<Name>& owner_name);

}  // namespace etapa::organizations
