#include "api/resources.hpp"

namespace etapa::api {

void all_resources(Router& router) {
    organization(router);
    memberships(router);
    agents(router);
    query(router);
    channels(router);
    hooks(router);
    scenarios(router);
    steps(router);
    movement(router);
    logs(router);
    conversations(router);
    contacts(router);
    contact_variables(router);
    notes(router);
    tags(router);
    keys(router);
    conversation_actions(router);
    conversation_tags(router);
    messages(router);
    attachments(router);
    exports(router);
    variables(router);
    explain(router);
    events(router);
    live(router);
    jobs(router);
    webhooks(router);
}

}  // namespace etapa::api
