# R34 A keyword in the end user's message moves the conversation
scenario sales: fresh, price, won
set price {"trigger": "price, how much"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: How much is the big one?
expect ana in price
history ana: price trigger active, fresh api_add inactive

# R34 Nothing is judged while the AI is off
scenario sales: fresh, price
set price {"trigger": "price"}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversations/@ana/set-ai-enabled {"enabled": false}
say ana bot: The price please
expect ana in fresh
GET /conversations/@ana/explain -> 200 {"lastJudgement": null}

# R34 Nothing is judged outside a scenario
scenario sales: fresh, price
set price {"trigger": "price"}
agent bot
say ana bot: The price please
expect ana in nothing
place ana in fresh
DELETE /crm/scenario/@sales/conversation?conversationId=@ana
say ana bot: The price please
expect ana in nothing

# R34 What the organization writes and what was only registered moves nobody
scenario sales: fresh, price
set price {"trigger": "price"}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversation/message/conversationId/@ana {"message": "The price is 5"}
POST /conversations/@ana/message-register {"message": "What price?", "from": "human"}
POST /conversations/@ana/message-register {"message": "The price is 5", "from": "agent"}
expect ana in fresh

# R33 R35 A move judges nothing and neither does a tag or the AI switched on again
scenario sales: fresh, price, won
set price {"trigger": "price", "initialMessage": "won, won, won"}
set won {"trigger": "won"}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversations/@ana/set-ai-enabled {"enabled": false}
say ana bot: price
POST /conversations/@ana/set-ai-enabled {"enabled": true}
POST /conversation/@ana/tags {"tagName": "price"}
expect ana in fresh
say ana bot: the price
expect ana in price

# R36 The first step and the current one wait for nothing, a backward one may
scenario sales: fresh, price, won
set fresh {"trigger": "hello"}
set price {"trigger": "price"}
set won {"trigger": "deal"}
agent bot
say ana bot: Hi
place ana in won
say ana bot: Hello, deal!
expect ana in won
say ana bot: One more price
expect ana in price
say ana bot: price price price
expect ana in price
history ana: price trigger active, won api_add inactive

# R38 The message that caused the entry is used up by it
scenario sales: fresh, price
set price {"trigger": "price"}
agent bot
POST /agents/@bot/crm-config {"scenarioId": "@sales"}
say ana bot: What is the price?
expect ana in fresh
say ana bot: The price?
expect ana in price

# R38 One message moves once however many steps it calls for
scenario sales: fresh, price, won
set price {"trigger": "price"}
set won {"trigger": "deal"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: The price and the deal
expect ana in price
history ana: price trigger active, fresh api_add inactive

# R39 The message is stored and the conversation opened before it moves
scenario sales: fresh, price
set price {"trigger": "price", "initialMessage": "It is 5."}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversations/@ana/set-status {"status": "RESOLVED"}
say ana bot: The price?
expect ana in price
expect ana {"status": "UNRESOLVED"}
GET /conversation/@ana/messages/2 -> 200 {"messages": [{"text": "The price?", "from": "human"}, {"text": "It is 5.", "from": "agent"}]}

# R39 What the step sets counts after the opening
scenario sales: fresh, done
set done {"trigger": "thanks", "defaultStatus": "RESOLVED", "defaultAiControl": false}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversations/@ana/set-status {"status": "RESOLVED"}
say ana bot: Thanks!
expect ana in done
expect ana {"status": "RESOLVED", "isAiEnabled": false}

# R40 A trigger that fits nothing stays and says so
scenario sales: fresh, price
set price {"trigger": "The customer seems to want a discount and is in a hurry"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: Could you give me a discount?
expect ana in fresh
GET /conversations/@ana/explain -> 200 {"lastJudgement": {"judge": "keywords", "chosenStepId": null, "candidates": [{"stepId": "@price", "keyword": null}]}}

# R41 A trigger cannot jump over a required step
scenario sales: fresh, terms, won
set terms {"isRequired": true}
set won {"trigger": "deal"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: Deal!
expect ana in fresh
move ana to terms
say ana bot: Deal!
expect ana in won

# R41 The first required step ahead is the furthest that a trigger reaches
scenario sales: fresh, terms, won
set terms {"isRequired": true, "trigger": "deal"}
set won {"trigger": "deal"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: Deal!
expect ana in terms
say ana bot: Deal!
expect ana in won

# R41 R114 A judgement shows what lay behind a required step
scenario sales: fresh, terms, won
set terms {"isRequired": true, "trigger": "alpha"}
set won {"trigger": "beta"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: beta please
expect ana in fresh
GET /conversations/@ana/explain -> 200 {"lastJudgement": {"chosenStepId": null, "candidates": [{"stepId": "@terms", "keyword": null, "behindStepId": null}, {"stepId": "@won", "keyword": "beta", "behindStepId": "@terms"}], "rule": "a keyword of the step 'won' stands in the message, but the step lies behind the required step 'terms' (R41)"}}
say ana bot: gamma please
GET /conversations/@ana/explain -> 200 {"lastJudgement": {"chosenStepId": null, "rule": "no keyword stands in the message"}}
say ana bot: beta or alpha
expect ana in terms

# R41 R114 Where all lies behind a required step the judgement says so
scenario sales: fresh, terms, won
set terms {"isRequired": true}
set won {"trigger": "deal"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: Deal!
expect ana in fresh
GET /conversations/@ana/explain -> 200 {"lastJudgement": {"chosenStepId": null, "candidates": [{"stepId": "@won", "keyword": "deal", "behindStepId": "@terms"}]}}

# R41 Having been in a required step once is enough until the conversation is placed anew
scenario sales: fresh, terms, won
scenario care: open
set terms {"isRequired": true}
set won {"trigger": "deal"}
agent bot
say ana bot: Hello
place ana in terms
move ana to fresh
say ana bot: Deal!
expect ana in won
place ana in open
place ana in fresh
say ana bot: Deal!
expect ana in fresh

# R42 An API move may skip what a trigger may not
scenario sales: fresh, terms, won
set terms {"isRequired": true}
set won {"trigger": "deal"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: Deal!
expect ana in fresh
move ana to won
expect ana in won

# R43 Keywords are compared without case and accents as whole words
scenario sales: fresh, price
set price {"trigger": "preço; ação|Straße"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: precos e reacao
expect ana in fresh
say ana bot: Qual é o PRECO?
expect ana in price
move ana to fresh
say ana bot: uma acao
expect ana in price
move ana to fresh
say ana bot: STRASSE 5
expect ana in price

# R43 A phrase is found in one piece whatever the white space
scenario sales: fresh, price
set price {"trigger": "how much\nprice list"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: how very much
expect ana in fresh
say ana bot: Well,   How   MUCH?
expect ana in price

# R43 Of several hits the nearest following step wins, else the nearest preceding one
scenario sales: fresh, one, two, three, four
set one {"trigger": "word"}
set two {"trigger": "word"}
set four {"trigger": "word"}
agent bot
say ana bot: Hello
place ana in three
say ana bot: word
expect ana in four
say ana bot: word
expect ana in two
GET /conversations/@ana/explain -> 200 {"lastJudgement": {"fromStepId": "@four", "chosenStepId": "@two", "rule": "the nearest preceding step of which a keyword stands in the message"}}

# R45 A step with a prompt and no trigger is entered by hand only
scenario sales: fresh, talk
set talk {"prompt": "price", "trigger": null}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: price
expect ana in fresh

# R57 A message ends a row of timer moves
scenario sales: fresh, talk
set fresh {"autoNextStepId": "@talk", "autoNextTime": 1}
set talk {"autoNextStepId": "@fresh", "autoNextTime": 1}
agent bot
say ana bot: Hello
place ana in fresh
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
say ana bot: Still here
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
pass 1s
expect ana in talk

# R50 A message does not restart the timer of a step
scenario sales: fresh, cold
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
agent bot
say ana bot: Hello
place ana in fresh
pass 50s
say ana bot: Still here
pass 10s
expect ana in cold

# R59 A message that moves leaves nothing to the timer
scenario sales: fresh, price, cold
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
set price {"trigger": "price"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: price
pass 2m
expect ana in price
history ana: price trigger active, fresh api_add inactive

# R87 Triggers run while a human is asked for and the AI is on
scenario sales: fresh, price
set price {"trigger": "price"}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversations/@ana/set-status {"status": "HUMAN_REQUESTED"}
say ana bot: price
expect ana in price
expect ana {"status": "HUMAN_REQUESTED"}

# R84 Turning the AI on answers nothing that was said while it was off
scenario sales: fresh, price
set price {"trigger": "price"}
agent bot
say ana bot: Hello
place ana in fresh
POST /conversations/@ana/set-ai-enabled {"enabled": false}
say ana bot: price
POST /conversations/@ana/set-ai-enabled {"enabled": true}
expect ana in fresh
say ana bot: Hello?
expect ana in fresh

# R83 With the AI off timers and API moves go on and messages are kept
scenario sales: fresh, cold
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
set cold {"initialMessage": "Are you there?"}
agent bot
say ana bot: Hello
POST /conversations/@ana/set-ai-enabled {"enabled": false}
place ana in fresh
POST /conversations/@ana/set-status {"status": "RESOLVED"}
say ana bot: Hm
expect ana {"status": "UNRESOLVED"}
pass 60s
expect ana in cold
GET /conversation/@ana/messages/2 -> 200 {"messages": [{"text": "Hm"}, {"text": "Are you there?"}]}

# R114 The move says which message and which keyword caused it
scenario sales: fresh, price
set price {"trigger": "price, cost"}
agent bot
say ana bot: Hello
place ana in fresh
say ana bot: what does it COST
GET /conversations/@ana/explain -> 200 {"stepName": "price", "sentence": "The conversation is in the step 'price'. The end user's message met the step's trigger (R36).", "lastJudgement": {"chosenStepId": "@price"}}
