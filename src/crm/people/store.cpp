#include "crm/people/store.hpp"

#include "base/problem.hpp"

namespace etapa::people {
namespace {

// A person is known by e-mail address across organizations, so this statement names none.
UserId find_or_add_user(WriteTx& tx, const Email& email) {
    const auto id = tx.first<UserId>(
        "INSERT INTO app_user (id, email, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id",
        tx.new_id<UserId>(), email, tx.now());
    ensure(id.has_value(), "the statement returns the row whether it was new or not");
    return *id;
}

}  // namespace

std::optional<Membership> find(ReadTx& tx, const MembershipId& id) {
    return tx.first<Membership>(
        "SELECT {columns} FROM membership WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
        tx.organization(), id);
}

std::optional<Membership> find_by_any_id(ReadTx& tx, std::string_view id) {
    return tx.first<Membership>(
        "SELECT {columns} FROM membership WHERE organization_id = $1 AND (id = $2 OR user_id = $2)"
        " AND deleted_at IS NULL",
        tx.organization(), id);
}

std::optional<Membership> find_by_email(ReadTx& tx, const Email& email) {
    return tx.first<Membership>(
        "SELECT {columns} FROM membership WHERE organization_id = $1 AND email = $2 AND deleted_at IS NULL",
        tx.organization(), email);
}

Membership get(ReadTx& tx, const MembershipId& id) {
    if (auto membership = find(tx, id)) return *std::move(membership);
    throw not_found("membership", id.value);
}

Membership lock(WriteTx& tx, const MembershipId& id) {
    auto membership = tx.first<Membership>(
        "SELECT {columns} FROM membership WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL {for_update}",
        tx.organization(), id);
    if (!membership) throw not_found("membership", id.value);
    return *std::move(membership);
}

std::vector<Membership> find_all(ReadTx& tx, const std::vector<MembershipId>& ids) {
    if (ids.empty()) return {};
    return find_all_later(tx, ids).take();
}

Later<Membership> find_all_later(ReadTx& tx, const std::vector<MembershipId>& ids) {
    Query query("SELECT {columns} FROM membership WHERE deleted_at IS NULL");
    query.add(" AND organization_id = ", tx.organization()).add_list(" AND id IN", ids);
    return tx.later<Membership>(query);
}

std::vector<Membership> list(ReadTx& tx) {
    return tx.all<Membership>(
        "SELECT {columns} FROM membership WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at, id",
        tx.organization());
}

Membership add(WriteTx& tx, Membership wanted, Joining how) {
    wanted.id = tx.new_id<MembershipId>();
    wanted.organization_id = tx.organization();
    wanted.user_id = find_or_add_user(tx, wanted.email);
    if (how == Joining::accepted) wanted.accepted_at = tx.now();
    wanted.created_at = tx.now();
    wanted.updated_at = tx.now();
    tx.insert("membership", wanted);
    tx.defer("INSERT INTO member_load (organization_id, membership_id, open) VALUES ($1, $2, 0)", tx.organization(),
             wanted.id);
    return wanted;
}

void save(WriteTx& tx, const Membership& membership) { tx.update("membership", membership); }

void erase(WriteTx& tx, const MembershipId& id) {
    tx.defer("DELETE FROM member_load WHERE organization_id = $1 AND membership_id = $2", tx.organization(), id);
    tx.defer("DELETE FROM membership WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::people
