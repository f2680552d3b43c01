#include "app/commands/command.hpp"

#include <array>

namespace etapa::app {

extern const Command serve;
extern const Command init;
extern const Command key_create;
extern const Command key_list;
extern const Command key_revoke;
extern const Command migrate;
extern const Command backup;
extern const Command copy;
extern const Command openapi;
extern const Command version_command;

std::span<const Command> commands() {
    static const std::array all{serve,   init,   key_create, key_list, key_revoke,
                                migrate, backup, copy,       openapi,  version_command};
    return all;
}

}  // namespace etapa::app
