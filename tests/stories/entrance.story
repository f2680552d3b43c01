# R5 A new conversation enters the step that its agent is set to
scenario sales: fresh, talk
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales", "stepId": "@talk"} -> 200 {"scenarioId": "@sales", "stepId": "@talk"}
GET /agents/@bot/crm-config -> 200 {"scenarioId": "@sales", "stepId": "@talk"}
say ana bot: Hello
expect ana in talk
history ana: talk entry active

# R5 Without a step it is the first one
scenario sales: fresh, talk
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales", "stepId": null} -> 200 {"scenarioId": "@sales", "stepId": null}
say ana bot: Hello
expect ana in fresh

# R5 A conversation whose agent has no setting enters nothing
scenario sales: fresh
agent bot
GET /agents/@bot/crm-config -> 200 {"scenarioId": null, "stepId": null}
say ana bot: Hello
expect ana in nothing

# R5 A conversation that was made before anybody wrote enters with its first message
scenario sales: fresh
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
conversation ana {"agentId": "@bot"}
expect ana in nothing
say ana bot: Hello
expect ana in fresh
history ana: fresh entry active

# R5 A setting is refused when it names what does not exist or does not belong together
scenario sales: fresh
scenario care: open
agent bot
POST /agents/@bot/crm-config {"scenarioId": "nowhere"} -> 400
POST /agents/@bot/crm-config {"scenarioId": "@sales", "stepId": "nowhere"} -> 400
POST /agents/@bot/crm-config {"scenarioId": "@sales", "stepId": "@open"} -> 400
POST /agents/@bot/crm-config {"stepId": "@open"} -> 400
POST /agents/nobody/crm-config {"scenarioId": "@sales"} -> 404
GET /agents/@bot/crm-config -> 200 {"scenarioId": null, "stepId": null}

# R6 Automatic entry happens once, at birth
scenario sales: fresh
agent bot
say early bot: Hello
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
say early bot: Anybody there?
expect early in nothing
say ana bot: Hello
expect ana in fresh
DELETE /crm/scenario/@sales/conversation?conversationId=@ana
POST /conversations/@ana/set-status {"status": "RESOLVED"}
say ana bot: Once more
expect ana {"status": "UNRESOLVED"}
expect ana in nothing

# R6 A setting that was taken back pulls nobody in
scenario sales: fresh
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
POST /agents/@bot/crm-config {"scenarioId": null} -> 200 {"scenarioId": null, "stepId": null}
say ana bot: Hello
expect ana in nothing

# R7 What an API request placed stays where it was placed
scenario sales: fresh
scenario care: open
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
conversation ana {"agentId": "@bot"}
place ana in open
say ana bot: Hello
expect ana in open

# R7 A conversation that began with a message to the end user does not enter at the reply
scenario sales: fresh
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
conversation ana {"agentId": "@bot"}
POST /conversation/message/conversationId/@ana {"message": "We have news"}
say ana bot: Which?
expect ana in nothing

# R8 A test conversation of the dashboard does not enter but may be placed
scenario sales: fresh
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
conversation ana {"agentId": "@bot", "channel": "dashboard"}
say ana bot: Hello
expect ana in nothing
place ana in fresh
expect ana in fresh

# R9 A deleted step means the first one
scenario sales: fresh, talk
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales", "stepId": "@talk"}
DELETE /crm/step {"id": "@talk"}
GET /agents/@bot/crm-config -> 200 {"scenarioId": "@sales", "stepId": null}
say ana bot: Hello
expect ana in fresh

# R9 A deleted scenario stands in nobody's way and is recorded
scenario sales: fresh
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
DELETE /crm/scenario {"id": "@sales"}
GET /agents/@bot/crm-config -> 200 {"scenarioId": null, "stepId": null}
GET /events -> 200
say ana bot: Hello
expect ana in nothing
GET /conversation/@ana/messages -> 200 {"messages": [{"text": "Hello", "from": "human"}]}

# R9 An empty scenario stands in nobody's way and is recorded
scenario sales:
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
events scenario.created agent.created agent.changed
say ana bot: Hello
events conversation.created message.created entry.skipped
expect ana in nothing

# R20 A conversation belongs to an agent that a step lets answer in it
scenario sales: fresh, talk
agent bot
agent expert
say ana bot: Hello
set talk {"agentId": "@expert"}
place ana in talk
say ana expert: And you are?
GET /conversation/@ana/messages/10 -> 200 {"messages": [{"text": "Hello"}, {"text": "And you are?"}]}
