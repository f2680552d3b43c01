# R47 R48 Units multiply and a time or a target alone makes no timer
scenario sales: fresh, minutes, hours, days, lone, aimless
conversation ana
set fresh {"autoNextStepId": "@minutes", "autoNextTime": 90}
set minutes {"autoNextStepId": "@hours", "autoNextTime": 2, "autoNextTimeUnit": "m"}
set hours {"autoNextStepId": "@days", "autoNextTime": 3, "autoNextTimeUnit": "h"}
set days {"autoNextStepId": "@lone", "autoNextTime": 1, "autoNextTimeUnit": "d"}
set lone {"autoNextStepId": "@fresh"}
set aimless {"autoNextTime": 5}
place ana in fresh
pass 89s
expect ana in fresh
pass 1s
expect ana in minutes
pass 119s
expect ana in minutes
pass 1s
expect ana in hours
pass 3h
expect ana in days
pass 1d
expect ana in lone
GET /jobs -> 200 []
move ana to aimless
GET /jobs -> 200 []

# R49 R50 The clock starts at entry and edits of the step do not restart it
scenario sales: fresh, talk
conversation ana
conversation bob
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60}
place ana in fresh
pass 30s
set fresh {"autoNextTime": 3600}
place bob in fresh
pass 30s
expect ana in talk
expect bob in fresh
pass 3570s
expect bob in talk

# R51 Leaving cancels the timer and coming back starts a fresh one
scenario sales: fresh, talk, cold
conversation ana
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
pass 50s
move ana to talk
pass 50s
expect ana in talk
move ana to fresh
pass 59s
expect ana in fresh
pass 1s
expect ana in cold

# R53 Changing the target affects everyone and clearing it ends pending timers
scenario sales: fresh, talk, cold
conversation ana
conversation bob
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
set fresh {"autoNextStepId": "@talk"}
pass 60s
expect ana in talk
place bob in fresh
GET /conversations/@bob/explain -> 200 {"placement": {"stepId": "@fresh"}, "sentence": "The conversation is in the step 'fresh'. An API call placed the conversation here (R11). Its timer moves it on at 2026-03-01T09:02:00.000Z."}
set fresh {"autoNextTime": null}
GET /conversations/@bob/explain -> 200 {"placement": {"dueAt": null}, "sentence": "The conversation is in the step 'fresh'. An API call placed the conversation here (R11)."}
expect bob {"crmScenarioConversations": [{"dueAt": null}]}
pass 60s
expect bob in fresh
GET /jobs -> 200 []
history bob: fresh api_add active

# R53 A timer that ended stays ended when the step leads somewhere again
scenario sales: fresh, talk, cold
conversation ana
conversation bob
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
set fresh {"autoNextStepId": null}
set fresh {"autoNextStepId": "@talk"}
place bob in fresh
expect ana {"crmScenarioConversations": [{"dueAt": null}]}
GET /crm/scenario/@sales/conversation -> 200 [{"conversationId": "@bob", "dueAt": "2026-03-01T09:01:00.001Z"}, {"conversationId": "@ana", "dueAt": null}]
GET /conversations/@ana/explain -> 200 {"placement": {"dueAt": null}}
pass 61s
expect ana in fresh
expect bob in talk
GET /jobs -> 200 []
move bob to fresh
set fresh {"autoNextTime": null}
set fresh {"autoNextTime": 60}
pass 61s
expect bob in fresh
move ana to talk
move ana to fresh
pass 61s
expect ana in talk

# R51 R89 A timer whose target was deleted stays ended when the step leads elsewhere
scenario sales: fresh, talk, cold
conversation ana
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
DELETE /crm/step {"id": "@cold"}
set fresh {"autoNextStepId": "@talk"}
expect ana {"crmScenarioConversations": [{"dueAt": null}]}
pass 61s
expect ana in fresh

# R54 R89 A timer whose target was deleted ends without a move
scenario sales: fresh, talk, cold
conversation ana
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
DELETE /crm/step {"id": "@cold"}
pass 60s
expect ana in fresh
GET /jobs -> 200 []

# R55 R82 Timers fire whatever the status and with AI off
scenario sales: fresh, talk
conversation ana {"status": "RESOLVED"}
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60, "defaultAiControl": false}
place ana in fresh
pass 60s
expect ana in talk
expect ana {"status": "RESOLVED", "isAiEnabled": false}

# R56 After an outage a chain starts from the real time of the move
scenario sales: fresh, talk, cold
conversation ana
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60}
set talk {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
pass 10h
expect ana in talk
pass 59s
expect ana in talk
pass 1s
expect ana in cold

# R57 A step cannot lead to itself nor out of its scenario
scenario sales: fresh, talk
scenario care: open
set fresh {"autoNextStepId": "@fresh"} -> 400 {"fields": [{"path": "autoNextStepId"}]}
set fresh {"autoNextStepId": "@open"} -> 400 {"fields": [{"path": "autoNextStepId"}]}
set fresh {"autoNextStepId": "nope"} -> 400 {"fields": [{"path": "autoNextStepId"}]}
GET /crm/step/@fresh -> 200 {"autoNextStepId": null}

# R58 A message that comes a day late is not said but the move is made
scenario sales: fresh, talk
conversation ana
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60}
set talk {"initialMessage": "Still there?"}
place ana in fresh
pass 2d
expect ana in talk
history ana: talk timer error, talk timer active, fresh api_add inactive

# R23 A timer says the initial message
scenario sales: fresh, talk
conversation ana
set fresh {"autoNextStepId": "@talk", "autoNextTime": 60}
set talk {"initialMessage": "Still there?"}
place ana in fresh
pass 60s
history ana: talk timer active, fresh api_add inactive
expect ana in talk
