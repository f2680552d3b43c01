# How every file is compiled. Presets choose the build type, ETAPA_SANITIZE, and whether files are compiled several at a
# time (cmake/layers.cmake); nothing else differs between builds.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_COMPILE_WARNING_AS_ERROR ON)

set(ETAPA_SANITIZE "" CACHE STRING "What -fsanitize= is given: empty, or `address,undefined`, `thread`")

# Debug keeps ensure() fatal; Release defines NDEBUG, which turns a failed ensure() into one 500 instead of an abort.
# Assertions of the standard library stay on in both: an index out of range must never become a read of other memory.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG -D_FORTIFY_SOURCE=2 -fstack-protector-strong")
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED)

add_compile_options(-Wall -Wextra -Wpedantic "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Wrong in g++ 12 about inlined std::string, as in `"literal" + text` (GCC bugs 105651, 105329). The sanitizers of the
    # dev build look for the same mistakes without guessing.
    add_compile_options(-Wno-restrict "$<$<CONFIG:Release>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-maybe-uninitialized>")
endif()
if(CMAKE_UNITY_BUILD)
    add_compile_options(-Wno-subobject-linkage)  # takes the files put together for a header
endif()

if(ETAPA_SANITIZE)
    add_compile_options("-fsanitize=${ETAPA_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options("-fsanitize=${ETAPA_SANITIZE}")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-maybe-uninitialized)  # sanitizer code confuses it, as GCC's manual says
        if(ETAPA_SANITIZE MATCHES "undefined")
            # A null access dies under ASan too, and pointers are not cast to stricter types; these two would cost a third
            # of every compilation. The fuzz preset keeps them.
            add_compile_options(-fno-sanitize=null,alignment)
        endif()
        if(ETAPA_SANITIZE MATCHES "thread")
            # Asio's fences, which TSan does not model; and what is wrong in Release, too
            add_compile_options(-Wno-tsan -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
        endif()
    endif()
endif()

# ccache needs these to see through precompiled headers; the base directory lets another checkout hit the same entries.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    cmake_path(GET CMAKE_SOURCE_DIR PARENT_PATH above_the_checkout)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
        "CCACHE_BASEDIR=${above_the_checkout}" "${CCACHE_PROGRAM}")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-fpch-preprocess)
    else()
        add_compile_options(-Xclang -fno-pch-timestamp)
    endif()
endif()

find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM)
    add_link_options(-fuse-ld=lld)
endif()
