#pragma once
// The body of a request that creates or changes an entity, read once with all its bad members.
//
// Both keep their bad members instead of throwing, so that the handler can add wrong references (an agent that does not
// exist) and refuse everything in one answer. The router refuses what a handler forgot to refuse.

#include "base/json_read.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa {

// The members that a body named, for judging them together: a bad one is reported as the client spelled it.
class NamedMembers {
public:
    explicit NamedMembers(const boost::json::object& body) {
        for (const auto& [name, value] : body) names_.emplace(name, value.is_null());
    }

    [[nodiscard]] bool has(std::string_view name) const { return names_.contains(name); }
    // Named, and not null.
    [[nodiscard]] bool has_value(std::string_view name) const {
        const auto found = names_.find(name);
        return found != names_.end() && !found->second;
    }
    // `zapiAgentId` or `zapi.agentId`; empty when the body named neither it nor its object.
    [[nodiscard]] std::string path(std::string_view object, std::string_view member) const {
        auto flat = json::flat_name(object, member);
        if (has(flat)) return flat;
        return has(object) ? std::string(object) + '.' + std::string(member) : std::string();
    }

private:
    std::map<std::string, bool, std::less<>> names_;  // whether it is null
};

// Changes to an entity: each member absent (unchanged), null (cleared) or a value (set). A null for a member that
// cannot be cleared leaves it, except that a null switch is off.
template <Described T> class Patch {
public:
    explicit Patch(const boost::json::object& body) : named_(body) {
        if (const auto* id = body.if_contains("id")) id_ = json::read_text(*id, "id", bad_).value_or("");
        any_ = body.size() > (id_ ? 1U : 0U);
        for_each_field<T>([&]<class F>(const F& field) {
            if constexpr (!F::inlined) read_field(body, field);
        });
    }

    // The identity that travels in the body (PUT). Throws the 400 when there is none.
    template <class Identity> [[nodiscard]] Identity id() const {
        const auto parsed = Identity::parse(id_.value_or(""));
        if (parsed && !bad_.names("id")) return *parsed;
        BadFields bad = bad_;
        if (!bad.names("id")) bad.add("id", id_ ? "must be an id" : "is required");
        bad.refuse();
        return {};
    }

    // False when the body named nothing to change.
    [[nodiscard]] bool any() const { return any_; }
    [[nodiscard]] const NamedMembers& named() const { return named_; }
    [[nodiscard]] const BadFields& bad() const { return bad_; }

    // The entity as the client wishes it to be; bad members keep their old values.
    [[nodiscard]] T applied_to(T entity) const {
        for (const auto& change : changes_) change(entity);
        return entity;
    }

private:
    template <class F> void read_field(const boost::json::object& body, const F& field) {
        using Type = typename F::Type;
        if (field.is(server_set) || field.is(fixed) || field.is(internal)) return;
        const auto* value = body.if_contains(field.name);
        if (value != nullptr) read_value(*value, field);
        if constexpr (is_optional<Type>) {
            if constexpr (Described<typename Type::value_type>) read_flat(body, field);
        }
    }

    template <class F> void read_value(const boost::json::value& value, const F& field) {
        using Type = typename F::Type;
        constexpr bool null_is_default = std::is_same_v<Type, bool> || is_vector<Type>;
        if (value.is_null() && !is_optional<Type> && !null_is_default) return;
        auto wanted = value.is_null() ? std::optional<Type>(Type{})
                                      : json::read<Type>(value, json::Source::body, std::string(field.name), bad_);
        if (!wanted) return;
        changes_.push_back(
            [pointer = field.member, wanted = *std::move(wanted)](T& entity) { entity.*pointer = wanted; });
    }

    template <class F> void read_flat(const boost::json::object& body, const F& field) {
        if (!field.is(also_flat)) return;
        using Nested = typename F::Type::value_type;
        json::read_flat<Nested>(body, field.name, bad_, [&](const auto& change) {
            changes_.push_back([pointer = field.member, change](T& entity) {
                auto& nested = entity.*pointer;
                if (!nested) nested.emplace();
                change(*nested);
            });
        });
    }

    NamedMembers named_;
    std::optional<std::string> id_;
    bool any_ = false;
    std::vector<std::function<void(T&)>> changes_;
    BadFields bad_;
};

// A new entity as the client describes it. Members that only the server sets are ignored.
template <Described T> class New {
public:
    explicit New(const boost::json::object& body) : named_(body) {
        json::read_members(body, json::Source::body, "", entity_, bad_);
        for_each_field<T>([&]<class F>(const F& field) {
            if constexpr (!F::inlined && is_optional<typename F::Type>) read_flat(body, field);
        });
    }

    [[nodiscard]] const T& entity() const { return entity_; }
    [[nodiscard]] const NamedMembers& named() const { return named_; }
    [[nodiscard]] const BadFields& bad() const { return bad_; }

private:
    template <class F> void read_flat(const boost::json::object& body, const F& field) {
        using Nested = typename F::Type::value_type;
        if constexpr (Described<Nested>) {
            if (!field.is(also_flat)) return;
            json::read_flat<Nested>(body, field.name, bad_, [&](const auto& change) {
                auto& nested = entity_.*field.member;
                if (!nested) nested.emplace();
                change(*nested);
            });
        }
    }

    NamedMembers named_;
    T entity_;
    BadFields bad_;
};

}  // namespace etapa
