# R26 Placeholders and variables are filled with the values after the entry
scenario sales: fresh, talk
agent bot
member bea
set talk {"initialMessage": "Hi {user-name} <{user-email}, {user-phone-number}>, {{step-name}} of {scenario-name}: {status}, {priority}, {conversation-tags}, {plan}, {assignee-email}, {conversation-channel}, {today}.", "defaultStatus": "HUMAN_REQUESTED", "defaultPriority": "HIGH", "defaultTags": ["vip"], "assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@bea"]}
conversation ana {"agentId": "@bot", "contact": {"firstName": "Ana", "lastName": "Lima", "email": "ana@x.example", "phoneNumber": "5511"}}
POST /variables {"conversationId": "@ana", "varName": "plan", "varValue": "gold"}
place ana in talk -> 200 {"messageSent": true}
GET /conversation/@ana/messages/1 -> 200 {"messages": [{"text": "Hi Ana Lima <ana@x.example, 5511>, talk of sales: HUMAN_REQUESTED, HIGH, vip, gold, bea@acme.example, api, 2026-03-01."}]}

# R26 What is unknown or empty becomes nothing and no brace is left
scenario sales: fresh, talk
set talk {"initialMessage": "a{nothing}b{{ user-name }}c{}d{e} {conversation-channel} { f } 5 } 3 {g"}
conversation ana
place ana in talk
GET /conversation/@ana/messages/1 -> 200 {"messages": [{"text": "abcd api  5  3 g"}]}

# R26 Braces of a value do not reach the contact either
scenario sales: fresh, talk
set talk {"initialMessage": "Hi {user-name}: {order}"}
conversation ana {"contact": {"firstName": "{status}"}}
POST /variables {"conversationId": "@ana", "varName": "order", "varValue": "{\"id\": 7}"}
place ana in talk
GET /conversation/@ana/messages/1 -> 200 {"messages": [{"text": "Hi status: \"id\": 7"}]}

# R26 A text that is blank after filling is not sent
scenario sales: fresh, talk
set talk {"initialMessage": " {user-name} "}
conversation ana
place ana in talk -> 200 {"messageSent": null, "sendMessageError": null, "sentMessageId": null, "blockedBy24hRule": null}
GET /conversation/@ana/messages/1 -> 200 {"messages": []}

# R27 What a step says is the agent's and neither opens the conversation nor restarts a timer nor counts as a person's
scenario sales: fresh, talk
agent bot
set talk {"initialMessage": "Hello", "autoNextStepId": "@fresh", "autoNextTime": 60}
conversation ana {"agentId": "@bot", "status": "RESOLVED"}
place ana in talk -> 200 {"messageSent": true}
GET /conversation/@ana/messages/1 -> 200 {"messages": [{"text": "Hello", "from": "agent", "agentId": "@bot"}]}
pass 30s
move ana to talk {"shouldSendInitialMessage": true} -> 200 {"messageSent": true}
expect ana {"status": "RESOLVED", "isAiEnabled": true, "unreadMessagesCount": 0}
pass 29s
expect ana in talk
pass 1s
expect ana in fresh

# R28 R79 On a channel without the rule the result says sent and nothing of the rule
scenario sales: fresh, talk
set talk {"initialMessage": "Hello"}
conversation ana {"channel": "website"}
place ana in talk -> 200 {"success": true, "messageSent": true, "sendMessageError": null, "blockedBy24hRule": null}
move ana to fresh
move ana to talk {"shouldSendInitialMessage": true} -> 200 {"success": true, "messageSent": true, "messageError": null, "blockedBy24hRule": null}

# R73 R75 A closed window blocks the message and not the move
scenario sales: fresh, talk
set talk {"initialMessage": "Hello"}
conversation ana {"channel": "whatsapp"}
place ana in talk -> 200 {"success": true, "messageSent": false, "sendMessageError": "ERR_META_SESSION_EXPIRED_24H", "blockedBy24hRule": true, "sentMessageId": null}
expect ana in talk
GET /conversation/@ana/messages/1 -> 200 {"messages": []}
history ana: talk api_add error, talk api_add active

# R75 R79 A move that was asked to say something tells of the block in its own words
scenario sales: fresh, talk
set talk {"initialMessage": "Hello"}
conversation ana {"channel": "instagramDm"}
place ana in fresh
move ana to talk {"shouldSendInitialMessage": true} -> 200 {"success": true, "messageSent": false, "messageError": "ERR_META_SESSION_EXPIRED_24H", "blockedBy24hRule": true}
move ana to fresh -> 200 {"messageSent": null, "messageError": null, "blockedBy24hRule": null}

# R73 What is only registered does not open the window
scenario sales: fresh, talk
set talk {"initialMessage": "Hello"}
conversation ana {"channel": "whatsapp"}
POST /conversations/@ana/message-register {"message": "Hi", "from": "human"}
place ana in talk -> 200 {"messageSent": false, "blockedBy24hRule": true}

# R72 The rule does not hold for other channels
scenario sales: fresh, talk
set talk {"initialMessage": "Hello"}
conversation zoe {"channel": "zapi"}
conversation tim {"channel": "telegram"}
place zoe in talk -> 200 {"messageSent": false, "blockedBy24hRule": null}
place tim in talk -> 200 {"messageSent": false, "blockedBy24hRule": null}

# R85 R86 Sending by the API is allowed while the AI is on and moves nobody
scenario sales: fresh, price
set price {"trigger": "price"}
conversation ana
place ana in fresh
POST /conversation/message/conversationId/@ana {"message": "The price is 5"}
expect ana in fresh
expect ana {"isAiEnabled": true, "status": "UNRESOLVED"}
