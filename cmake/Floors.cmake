# The floors of the house: a folder sees only what stands below it.
#
# Every top-level folder F is reached through ${CMAKE_BINARY_DIR}/floors/F, a directory that holds
# nothing but a link named F. A target gets that directory only by linking the folder's library, so
# `#include "sim/..."` from engine/ does not compile: the header is not on any of its include paths.

set(WAVETANK_COLD $<$<CONFIG:RelWithDebInfo>:-O1>)

# wavetank_library(NAME [COLD] FOLDER dir SOURCES a.cpp ... USES target ... PRIVATE_USES target ...)
#   FOLDER  the folder the sources stand in, relative to the root; its first part names the floor
#   USES    libraries that the public headers need; only lower floors
#   COLD    runs once a run or once a file: compiled for the sake of who waits for the compiler
function(wavetank_library NAME)
  cmake_parse_arguments(ARG "COLD" "FOLDER" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  string(REGEX MATCH "^[^/]+" floor "${ARG_FOLDER}")
  set(view "${CMAKE_BINARY_DIR}/floors/${floor}")
  file(MAKE_DIRECTORY "${view}")
  file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${floor}" "${view}/${floor}" SYMBOLIC)
  if(ARG_SOURCES)
    list(TRANSFORM ARG_SOURCES PREPEND "${CMAKE_SOURCE_DIR}/${ARG_FOLDER}/")
    add_library(${NAME} STATIC ${ARG_SOURCES})
    target_include_directories(${NAME} PUBLIC "${view}")
    target_link_libraries(${NAME} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES} wavetank_warnings)
    if(ARG_COLD)
      target_compile_options(${NAME} PRIVATE ${WAVETANK_COLD})
    endif()
    if(WAVETANK_COVERAGE AND floor STREQUAL engine)
      target_compile_options(${NAME} PRIVATE -fprofile-instr-generate -fcoverage-mapping)
    endif()
  else()
    add_library(${NAME} INTERFACE)
    target_include_directories(${NAME} INTERFACE "${view}")
    target_link_libraries(${NAME} INTERFACE ${ARG_USES})
  endif()
endfunction()
