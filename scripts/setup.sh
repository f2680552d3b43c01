# Sourced by ./run and ./test: installs what is missing of packages.txt (and never removes anything), configures, builds.

# missing_packages FILE MARK…: the packages of these marks that are not installed, one a line.
missing_packages() {
    local file=$1 mark package command
    shift
    while read -r mark package command; do
        [[ " $* " == *" $mark "* ]] || continue
        [[ -n $command ]] && command -v "$command" >/dev/null && continue
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done <"$file"
}

# install_packages FILE MARK…
install_packages() {
    command -v apt-get dpkg-query >/dev/null ||
        stop "Etapa is built on Debian 12, and this machine has no apt. Use a Debian 12 container or virtual machine."
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0

    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            stop "These packages are missing, and neither root nor sudo is at hand to install them. Type as root:" \
                "  apt-get install --no-remove --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    as_root+=(env LC_ALL=C DEBIAN_FRONTEND=noninteractive)

    echo "Installing Debian packages: ${missing[*]}"
    would_install "${missing[@]}" || { "${as_root[@]}" apt-get update && would_install "${missing[@]}"; } ||
        explain_refusal "${missing[@]}"
    install_now() {
        "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 install -y --no-remove --no-install-recommends "${missing[@]}" \
            </dev/null
    }
    # Lists that are out of date name files that the mirror no longer has.
    install_now || { "${as_root[@]}" apt-get update && install_now; } ||
        stop "apt could not install the packages; its own words are above. Nothing has been removed."
}

would_install() {
    LC_ALL=C apt-get --simulate install --no-remove --no-install-recommends "$@" >/dev/null 2>&1
}

explain_refusal() {
    local removed
    removed=$(LC_ALL=C apt-get --simulate install --no-install-recommends "$@" 2>/dev/null | sed -n 's/^Remv \([^ ]*\).*/\1/p')
    if [[ -n $removed ]]; then
        stop "Installing these packages would remove others, so nothing was done. In the way:" "  ${removed//$'\n'/ }" \
            "Remove them yourself if you do not need them, or use a Debian 12 container."
    fi
    LC_ALL=C apt-get --simulate install --no-remove --no-install-recommends "$@" >&2
    stop "apt cannot install these packages; its own words are above. They are those of Debian 12 (bookworm)."
}

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

# configure TOP PRESET: CMake, from the beginning when the checkout has been moved since the last time.
configure() {
    local cache=$1/build/$2/CMakeCache.txt fresh=()
    if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$1" "$cache"; then fresh=(--fresh); fi
    (cd "$1" && cmake "${fresh[@]}" --preset "$2")
}

# build TOP PRESET [TARGET…]: Ninja shows how far it is.
build() {
    local top=$1 preset=$2
    shift 2
    (cd "$top" && NINJA_STATUS='[%f/%t, %es] ' cmake --build "build/$preset" --parallel "$(nproc)" ${@:+--target "$@"})
}
