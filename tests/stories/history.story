# R89 R91 Deleting a step lets its occupants go and moves the others up
scenario sales: fresh, talk, won
conversation ana
conversation bob
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60}
set talk {"autoNextStepId": "@won", "autoNextTime": 60, "defaultPriority": "HIGH"}
place ana in fresh
place bob in talk
DELETE /crm/step {"id": "@talk"} -> 200 {"id": "@talk", "name": "talk"}
expect bob in nothing
expect bob {"priority": "HIGH"}
expect ana in fresh
history bob: talk api_add inactive
GET /crm/step?scenarioId=@sales -> 200 [{"name": "fresh", "index": 0, "autoNextStepId": null}, {"name": "won", "index": 1}]
pass 60s
expect ana in fresh
DELETE /crm/step {"id": "@fresh"}
GET /crm/step?scenarioId=@sales -> 200 [{"name": "won", "index": 0}]
DELETE /crm/step {"id": "@fresh"} -> 404

# R92 Deleting a scenario keeps conversations and history
scenario sales: fresh
conversation ana
place ana in fresh
DELETE /crm/scenario {"id": "@sales"} -> 200 {"message": "Scenario deleted", "scenario": {"id": "@sales"}}
expect ana in nothing
expect ana {"crmScenarioConversations": []}
GET /crm/conversationLog?conversationId=@ana -> 200 {"data": [{"status": "inactive", "scenario": null, "step": null, "stepName": "fresh", "scenarioName": "sales"}], "pagination": {"page": 1, "limit": 10, "total": 1, "totalPages": 1}}
GET /crm/step?scenarioId=@sales -> 404

# R93 Deleting an agent takes it off steps and placements
scenario sales: fresh
agent bot
conversation ana {"agentId": "@bot"}
set fresh {"agentId": "@bot", "zapi": {"agentId": "@bot", "phoneNumber": "55", "message": "hi"}, "whatsappTemplateAgentId": "@bot"}
place ana in fresh
DELETE /agents/@bot
GET /crm/step/@fresh -> 200 {"agentId": null, "agent": null, "zapi": {"agentId": null, "phoneNumber": "55"}}
expect ana {"agentId": null}
GET /conversations/@ana/explain -> 200 {"placement": {"respondingAgentId": null}}

# R96 Reordering takes the whole list and moves nobody
scenario sales: fresh, talk, won
conversation ana
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60}
place ana in fresh
PUT /crm/step/order {"scenarioId": "@sales", "stepIds": ["@won", "@fresh"]} -> 409
PUT /crm/step/order {"scenarioId": "@sales", "stepIds": ["@won", "@fresh", "@talk", "@talk"]} -> 409
PUT /crm/step/order {"scenarioId": "@sales", "stepIds": ["@won", "@fresh", "@talk"]}
GET /crm/step?scenarioId=@sales -> 200 [{"name": "won", "index": 0}, {"name": "fresh", "index": 1}, {"name": "talk", "index": 2}]
expect ana in fresh
pass 60s
expect ana in talk

# R97 A placement whose step was deleted is revived where it is placed
scenario sales: fresh, talk
conversation ana
place ana in talk
DELETE /crm/step {"id": "@talk"}
place ana in fresh
expect ana in fresh

# R102 R103 Rows written through the API are pure records
scenario sales: fresh, talk
scenario care: open
conversation ana
place ana in fresh
POST /crm/conversationLog {"conversationId": "@ana", "scenarioId": "@sales", "stepId": "@talk", "status": "active"} -> 201 {"status": "active", "cause": "record", "conversation": {"id": "@ana", "title": "ana"}, "scenario": {"name": "sales"}, "step": {"index": 1}}
POST /crm/conversationLog {"conversationId": "@ana", "scenarioId": "@care", "stepId": "@talk", "status": "busy"} -> 400
POST /crm/conversationLog {"conversationId": "@ana", "scenarioId": "@care", "stepId": "@talk", "status": "error"} -> 400 {"fields": [{"path": "stepId"}]}
POST /crm/conversationLog {"conversationId": "nope", "scenarioId": "nope", "stepId": "nope", "status": "error"} -> 400 {"fields": [{"path": "conversationId"}, {"path": "scenarioId"}, {"path": "stepId"}]}
expect ana in fresh
history ana: talk record active, fresh api_add active
GET /jobs -> 200 []

# R104 History is newest first by entry even within one instant
scenario sales: fresh, talk, won
conversation ana
place ana in fresh
move ana to talk
move ana to won
move ana to fresh
history ana: fresh api_move active, won api_move inactive, talk api_move inactive, fresh api_add inactive
