// The organization that a key opens.
#include "api/resources.hpp"
#include "crm/organizations/store.hpp"

namespace etapa::api {
namespace {

Organization own_organization(ReadTx& tx) { return organizations::get(tx); }

}  // namespace

void organization(Router& router) {
    router.resource("Organization", "The organization that the key belongs to.");
    router.get("/organization", "Show the organization of the key", own_organization);
}

}  // namespace etapa::api
