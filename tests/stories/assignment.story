# R60 None leaves the assignees and clear removes them
scenario sales: fresh, keep, empty
member mia
conversation ana
set fresh {"assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@mia"]}
set keep {"assigneeLogicType": "none"}
set empty {"assigneeLogicType": "clear"}
place ana in fresh
expect ana {"assignees": [{"user": {"email": "mia@acme.example"}}]}
move ana to keep
expect ana {"assignees": [{"user": {"email": "mia@acme.example"}}]}
move ana to empty
expect ana {"assignees": []}

# R61 R62 A single user is the first eligible member of the list
scenario sales: fresh, talk
member mia
member tom
conversation ana
PATCH /memberships/@mia {"disabled": true}
set fresh {"assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@mia", "@tom"]}
place ana in fresh
expect ana {"assignees": [{"user": {"email": "tom@acme.example"}}]}
PATCH /memberships/@mia {"disabled": false}
move ana to talk
move ana to fresh
expect ana {"assignees": [{"user": {"email": "mia@acme.example"}}]}

# R64 Fair distribution takes the member with the fewest open conversations and rotates
scenario sales: fresh, done
member mia
member tom
member zoe
conversation a
conversation b
conversation c
conversation d
conversation e
set fresh {"assigneeLogicType": "fair_distribution_selected", "selectedMembershipIdsForAssignee": ["@tom", "@mia", "@zoe"]}
set done {"defaultStatus": "RESOLVED"}
place a in fresh
expect a {"assignees": [{"user": {"email": "tom@acme.example"}}]}
place b in fresh
expect b {"assignees": [{"user": {"email": "mia@acme.example"}}]}
place c in fresh
expect c {"assignees": [{"user": {"email": "zoe@acme.example"}}]}
move b to done
place d in fresh
expect d {"assignees": [{"user": {"email": "mia@acme.example"}}]}
place e in fresh
expect e {"assignees": [{"user": {"email": "tom@acme.example"}}]}

# R66 R67 A holder from the list is kept and one from outside is replaced
scenario sales: alone, fresh, talk
member mia
member tom
member zoe
conversation ana
set alone {"assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@zoe"]}
set fresh {"assigneeLogicType": "fair_distribution_selected", "selectedMembershipIdsForAssignee": ["@mia", "@tom"]}
set talk {"assigneeLogicType": "random_selected", "selectedMembershipIdsForAssignee": ["@tom", "@mia"]}
place ana in alone
move ana to fresh
expect ana {"assignees": [{"user": {"email": "mia@acme.example"}}]}
move ana to talk
expect ana {"assignees": [{"user": {"email": "mia@acme.example"}}]}
GET /conversations/@ana/explain -> 200 {"stays": [{"stepId": "@talk", "assignment": {"mode": "random_selected", "chosen": ["@mia"]}}, {"stepId": "@fresh"}, {"stepId": "@alone"}]}

# R68 With nobody eligible the fallback is taken or else nothing changes and an error row says so
scenario sales: fresh, talk, lost
member mia
member tom
conversation ana
PATCH /memberships/@mia {"disabled": true}
set fresh {"assigneeLogicType": "fair_distribution_selected", "selectedMembershipIdsForAssignee": ["@mia"], "fallbackMembershipIds": ["@tom"]}
set lost {"assigneeLogicType": "random_selected", "selectedMembershipIdsForAssignee": ["@mia"]}
place ana in fresh
expect ana {"assignees": [{"user": {"email": "tom@acme.example"}}]}
move ana to lost
expect ana {"assignees": [{"user": {"email": "tom@acme.example"}}]}
history ana: lost api_move error, lost api_move active, fresh api_add inactive

# R69 Lists are checked with what is stored
scenario sales: fresh
member mia
set fresh {"assigneeLogicType": "single_user"} -> 400 {"fields": [{"path": "selectedMembershipIdsForAssignee"}]}
set fresh {"assigneeLogicType": "fair_distribution_selected", "selectedMembershipIdsForAssignee": ["@mia", "nobody"]} -> 400 {"fields": [{"path": "selectedMembershipIdsForAssignee"}]}
set fresh {"selectedMembershipIdsForAssignee": ["@mia"]}
set fresh {"assigneeLogicType": "single_user"}
set fresh {"selectedMembershipIdsForAssignee": []} -> 400 {"fields": [{"path": "selectedMembershipIdsForAssignee"}]}

# R94 A removed member holds nothing and is pruned from the lists
scenario sales: fresh
member mia
member tom
conversation ana
set fresh {"assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@mia", "@tom"]}
place ana in fresh
DELETE /memberships/@mia
expect ana {"assignees": []}
GET /crm/step/@fresh -> 200 {"selectedMembershipIdsForAssignee": ["@tom"]}

# R41 R62 A move that stops at a required step is assigned as that step says
scenario sales: fresh, must, cold
member bea
conversation ana
set must {"isRequired": true, "assigneeLogicType": "single_user", "selectedMembershipIdsForAssignee": ["@bea"]}
set fresh {"autoNextStepId": "@cold", "autoNextTime": 60}
place ana in fresh
pass 60s
expect ana in must
expect ana {"assignees": [{"user": {"email": "bea@acme.example"}}]}
