# etapa_layer(NAME LAYERS … LIBRARIES … [PRECOMPILED plain|net]): the library of src/NAME without its *_test.cpp.
#
# Two precompiled headers serve all layers: `plain` (standard library, Boost.JSON, Asio's coroutines) and `net`, which
# has Beast too. They are built once and shared, because building one costs as much as it saves in ten files.
#
# The release build compiles files of a layer four at a time (CMAKE_UNITY_BUILD in its preset): what they share is read and
# instantiated once, which takes a third less time. Tests and linters see each file alone.
include(cmake/precompiled.cmake)

function(etapa_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "PRECOMPILED" "LAYERS;LIBRARIES")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
    if(NOT sources)
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
        target_link_libraries(${name} INTERFACE ${layer_LAYERS} ${layer_LIBRARIES})
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${name} PUBLIC ${layer_LAYERS} ${layer_LIBRARIES})
    if(NOT layer_PRECOMPILED)
        set(layer_PRECOMPILED plain)
    endif()
    etapa_precompiled(${name} ${layer_PRECOMPILED})

    # Where there is one file for each of a kind (channel, job, effect, trigger), their functions have the same names.
    list(FILTER sources INCLUDE REGEX "/src/(channels|work|flow/effects|flow/triggers)/")
    set_source_files_properties(${sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
