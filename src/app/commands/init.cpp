#include "app/commands/command.hpp"
#include "app/commands/operate.hpp"
#include "crm/organizations/found.hpp"
#include "db/migrate.hpp"

namespace etapa::app {
namespace {

void found_organization(CommandLine& line) {
    std::string url{standard_database};
    std::string organization;
    std::string owner_email;
    std::string owner_name;
    take_database(line, url);
    line.option("--organization", organization, "Name of the organization", CommandLine::Need::required);
    line.option("--owner-email", owner_email, "E-mail address of its owner", CommandLine::Need::required);
    line.option("--owner-name", owner_name, "Name of its owner; the e-mail address when absent");
    line.parse();
    const auto name = checked<Name>("--organization", organization);
    const auto email = checked<Email>("--owner-email", owner_email);
    std::optional<Name> owner;
    if (!owner_name.empty()) owner = checked<Name>("--owner-name", owner_name);

    db::migrate(Surroundings().env, url);
    Opened opened(url);
    auto found = [&](WriteTx& tx) { return organizations::found(tx, name, email, owner); };
    print(opened.database.write_now(organizations::founder(opened.surroundings.env), found));
}

}  // namespace

extern const Command init{
    .name = "init",
    .about = "Creates an organization with its owner and a first API key",
    .example = "etapa init --database sqlite:data/etapa.db --organization \"My company\" --owner-email me@example.com",
    .run = found_organization};

}  // namespace etapa::app
