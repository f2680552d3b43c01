# tests/fuzz/<target>_fuzz.cpp defines LLVMFuzzerTestOneInput. With the fuzz preset (clang) each becomes a libFuzzer
# program; in test builds the same file replays the committed corpus tests/fuzz/corpus/<target>/ as a ctest test.
option(ETAPA_FUZZ "Build libFuzzer programs (needs clang)" OFF)

file(GLOB fuzzers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
foreach(source IN LISTS fuzzers)
    cmake_path(GET source STEM program)
    string(REGEX REPLACE "_fuzz$" "" target "${program}")
    if(ETAPA_FUZZ)
        add_executable(${program} "${source}")
        target_link_libraries(${program} PRIVATE app)
        target_link_options(${program} PRIVATE -fsanitize=fuzzer)
        file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/found/${target}")  # inputs that reach new code, beside the committed ones
        list(APPEND fuzz_programs ${program})
    elseif(BUILD_TESTING)
        add_executable(${target}_replay "${source}" "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp")
        target_link_libraries(${target}_replay PRIVATE app)
        etapa_precompiled(${target}_replay plain)
        etapa_test(${target}_replay READS "$<TARGET_FILE:${target}_replay>" "tests/fuzz/corpus/${target}"
            COMMAND "$<TARGET_FILE:${target}_replay>" "tests/fuzz/corpus/${target}")
        etapa_test(${program} CONFIGURATIONS Long COMMAND "build/fuzz/${program}" -max_total_time=60 -rss_limit_mb=4096
            -artifact_prefix=build/fuzz/ build/fuzz/found/${target} "tests/fuzz/corpus/${target}")
    endif()
endforeach()
if(fuzz_programs)
    add_custom_target(fuzz DEPENDS ${fuzz_programs})
endif()
