# R10 Entering another scenario leaves the first and undoes nothing
scenario sales: fresh, talk
scenario care: open
conversation ana
set talk {"defaultStatus": "HUMAN_REQUESTED", "autoNextStepId": "@fresh", "autoNextTime": 60}
place ana in talk
place ana in open
expect ana in open
expect ana {"status": "HUMAN_REQUESTED"}
history ana: open api_add active, talk api_add inactive
pass 2m
expect ana in open
GET /jobs -> 200 []

# R11 Adding again is a conflict and adding after leaving revives the placement
scenario sales: fresh, talk
conversation ana
place ana in fresh
place ana in talk -> 409
expect ana in fresh
DELETE /crm/scenario/@sales/conversation?conversationId=@ana
expect ana in nothing
place ana in talk
expect ana in talk
history ana: talk api_add active, fresh api_add inactive

# R11 A placement that became unavailable keeps its identity when it is revived
scenario sales: fresh
scenario care: open
conversation ana
place ana in fresh
place ana in open
place ana in fresh
expect ana in fresh
GET /crm/scenario/@sales/conversation?isCount=true&stepId=@fresh&showInactiveConversations=true -> 200 {"count": 1}
GET /crm/scenario/@care/conversation?isCount=true&stepId=@open -> 200 {"count": 0}
GET /crm/scenario/@care/conversation?isCount=true&stepId=@open&showInactiveConversations=true -> 200 {"count": 1}

# R12 The target is an explicit step or a position or the first step
scenario sales: fresh, talk, won
scenario empty:
conversation ana
conversation bob
conversation cid
POST /crm/step/conversation {"conversationId": "@ana", "scenarioId": "@sales"} -> 200 {"newStepId": "@fresh"}
POST /crm/step/conversation {"conversationId": "@bob", "scenarioId": "@sales", "stepIndex": 2} -> 200 {"newStepId": "@won"}
POST /crm/step/conversation {"conversationId": "@cid", "scenarioId": "@empty", "stepId": "@talk", "stepIndex": 0} -> 200 {"newStepId": "@talk"}
POST /crm/step/move {"conversationId": "@ana", "scenarioId": "@sales", "destStepIndex": 1} -> 200 {"newStepId": "@talk"}
POST /crm/step/move {"conversationId": "@ana", "scenarioId": "@empty", "destStepId": "@won"} -> 400 {"fields": [{"path": "scenarioId"}]}
POST /crm/step/move {"conversationId": "@ana", "scenarioId": "@sales", "destStepIndex": 9} -> 404
POST /crm/step/move {"conversationId": "@ana"} -> 400 {"fields": [{"path": "destStepId"}]}
POST /crm/step/move {"conversationId": "@ana", "destStepId": "nope"} -> 404
POST /crm/step/move {"conversationId": "nope", "destStepId": "@won"} -> 404
POST /crm/step/conversation {"conversationId": "@ana", "scenarioId": "@empty"} -> 400 {"success": false, "blockedBy24hRule": null}
POST /crm/step/conversation {"conversationId": "@ana"} -> 400 {"fields": [{"path": "scenarioId"}]}
POST /crm/step/conversation {} -> 400 {"fields": [{"path": "conversationId"}]}
expect ana in talk

# R13 A move stays inside the scenario in which the conversation is active
scenario sales: fresh
scenario care: open
conversation ana
conversation bob
place ana in fresh
move ana to open -> 404
move bob to open -> 404
place ana in open
move ana to fresh -> 404
expect ana in open
history ana: open api_add active, fresh api_add inactive

# R14 Moving to the same step changes nothing but says the message that was asked for
scenario sales: fresh, talk
conversation ana
set fresh {"initialMessage": "Hello!", "autoNextStepId": "@talk", "autoNextTime": 60}
place ana in fresh -> 200 {"messageSent": true, "initialMessage": "Hello!"}
pass 30s
events scenario.created step.created step.created conversation.created step.changed message.created step.entered
move ana to fresh -> 200 {"success": true, "messageSent": null, "newStepId": "@fresh"}
events
move ana to fresh {"shouldSendInitialMessage": true} -> 200 {"messageSent": true}
history ana: fresh api_add active
pass 30s
expect ana in talk

# R15 Unlinking deletes the placement and leaves the conversation alone
scenario sales: fresh, talk
conversation ana
set fresh {"defaultPriority": "HIGH", "autoNextStepId": "@talk", "autoNextTime": 60}
place ana in fresh
DELETE /crm/scenario/@sales/conversation?conversationId=@ana -> 200 {"message": "Conversation successfully removed from scenario"}
expect ana in nothing
expect ana {"priority": "HIGH", "crmScenarioConversations": []}
history ana: fresh api_add inactive
GET /jobs -> 200 []
DELETE /crm/scenario/@sales/conversation?conversationId=@ana -> 404
DELETE /crm/scenario/@sales/conversation -> 400 {"fields": [{"path": "conversationId"}]}

# R18 R19 Defaults apply on entry and null leaves everything as it is
scenario sales: fresh, talk, quiet
agent bot
conversation ana {"agentId": "@bot"}
set fresh {"defaultTags": ["lead", "cold"]}
set talk {"defaultStatus": "HUMAN_REQUESTED", "defaultPriority": "HIGH", "defaultAiControl": false, "defaultTags": ["hot", "lead"], "defaultTagsToRemove": ["cold", "hot", "absent"]}
place ana in fresh
expect ana {"status": "UNRESOLVED", "priority": "MEDIUM", "isAiEnabled": true, "tags": [{"tag": "cold"}, {"tag": "lead"}]}
move ana to talk
expect ana {"status": "HUMAN_REQUESTED", "priority": "HIGH", "isAiEnabled": false, "tags": [{"tag": "hot"}, {"tag": "lead"}]}
move ana to quiet
expect ana {"status": "HUMAN_REQUESTED", "priority": "HIGH", "isAiEnabled": false, "tags": [{"tag": "hot"}, {"tag": "lead"}]}

# R19 A tag that a step adds first is told as a new one, and once
scenario sales: fresh, talk
conversation ana
set fresh {"defaultTags": ["lead"]}
set talk {"defaultTags": ["lead", "hot"]}
events scenario.created step.created step.created conversation.created step.changed step.changed
place ana in fresh
events tag.created step.entered
move ana to talk
events tag.created step.entered

# R20 A step's agent answers in its place while the conversation's own stays
scenario sales: fresh, talk, quiet
scenario care: open
agent own
agent seller
conversation ana {"agentId": "@own"}
set talk {"agentId": "@seller"}
place ana in fresh
GET /conversations/@ana/explain -> 200 {"placement": {"respondingAgentId": null}}
move ana to talk
GET /conversations/@ana/explain -> 200 {"placement": {"respondingAgentId": "@seller"}}
move ana to quiet
GET /conversations/@ana/explain -> 200 {"placement": {"respondingAgentId": "@seller"}}
expect ana {"agentId": "@own"}
place ana in open
GET /conversations/@ana/explain -> 200 {"placement": {"respondingAgentId": null}}

# R23 R28 A placement says the initial message and a move only when asked
scenario sales: fresh, talk
conversation ana
conversation web {"channel": "website"}
conversation wha {"channel": "whatsapp"}
set fresh {"initialMessage": "Hello!"}
set talk {"initialMessage": "Let us talk"}
place ana in fresh -> 200 {"messageSent": true, "sendMessageError": null, "blockedBy24hRule": null}
move ana to talk -> 200 {"messageSent": null, "messageError": null, "sentMessageId": null}
move ana to fresh {"shouldSendInitialMessage": true} -> 200 {"messageSent": true}
place web in fresh -> 200 {"messageSent": true}
place wha in fresh -> 200 {"success": true, "messageSent": false, "sentMessageId": null}
history wha: fresh api_add error, fresh api_add active
GET /jobs -> 200 []

# R24 A removal step does everything and then lets go
scenario sales: fresh, talk, out
member mia
conversation ana
set out {"isConversationRemovalStep": true, "defaultStatus": "RESOLVED", "defaultTags": ["done"], "assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@mia"], "initialMessage": "Bye", "autoNextStepId": "@talk", "autoNextTime": 5}
place ana in fresh
move ana to out {"shouldSendInitialMessage": true} -> 200 {"messageSent": true, "newStepId": "@out"}
expect ana in nothing
expect ana {"status": "RESOLVED", "tags": [{"tag": "done"}], "assignees": [{"user": {"email": "mia@acme.example"}}]}
history ana: out api_move inactive, fresh api_add inactive
pass 1m
expect ana in nothing
GET /jobs -> 200 []
place ana in fresh
expect ana in fresh

# R41 A timer cannot jump over a required step
scenario sales: fresh, check, form, won
conversation ana
set fresh {"autoNextStepId": "@won", "autoNextTime": 60}
set check {"isRequired": true}
set form {"isRequired": true}
place ana in fresh
pass 60s
expect ana in check
history ana: check timer active, fresh api_add inactive

# R41 Required steps that were visited do not stop a timer and backward moves are free
scenario sales: fresh, check, talk, won
conversation ana
set check {"isRequired": true}
set talk {"autoNextStepId": "@fresh", "autoNextTime": 60}
set fresh {"autoNextStepId": "@won", "autoNextTime": 60}
place ana in check
move ana to talk
pass 60s
expect ana in fresh
pass 60s
expect ana in won

# R42 The API may skip required steps and the history says which
scenario sales: fresh, check, won
conversation ana
set check {"isRequired": true}
place ana in fresh
move ana to won
expect ana in won
GET /crm/conversationLog?conversationId=@ana&status=active -> 200 {"data": [{"stepId": "@won", "fromStepId": "@fresh", "skippedStepIds": ["@check"]}]}
