#pragma once
// The resources of the API: each function adds the routes at the bottom of one file. all.cpp calls them all.

#include "api/router.hpp"

namespace etapa::api {

void agents(Router& router);
void attachments(Router& router);
void channels(Router& router);
void contact_variables(Router& router);
void contacts(Router& router);
void conversation_actions(Router& router);
void conversation_tags(Router& router);
void conversations(Router& router);
void events(Router& router);
void explain(Router& router);
void exports(Router& router);
void hooks(Router& router);
void jobs(Router& router);
void live(Router& router);
void logs(Router& router);
void memberships(Router& router);
void keys(Router& router);
void messages(Router& router);
void notes(Router& router);
void movement(Router& router);
void organization(Router& router);
void query(Router& router);
void scenarios(Router& router);
void steps(Router& router);
void tags(Router& router);
void variables(Router& router);
void webhooks(Router& router);

// All of them.
void all_resources(Router& router);

}  // namespace etapa::api
