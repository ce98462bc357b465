# Which program this is: its version, and a digest of the sources that decide what a run gives. Two builds
# that say the same run the same events, whoever compiled them; a commit that only touches pages or tests
# changes nothing. Run at every build: cmake -DROOT=... -DVERSION=... -DTO=... -P ProgramVersion.cmake
set(digests "")
foreach(floor engine models scenarios reports sim)
  file(GLOB_RECURSE sources RELATIVE "${ROOT}" "${ROOT}/${floor}/*.h" "${ROOT}/${floor}/*.cpp"
       "${ROOT}/${floor}/*.css" "${ROOT}/${floor}/*.js" "${ROOT}/${floor}/figures/*.json")
  list(SORT sources)
  foreach(source IN LISTS sources)
    file(MD5 "${ROOT}/${source}" digest)
    string(APPEND digests "${source} ${digest}\n")
  endforeach()
endforeach()
string(MD5 all "${digests}")
string(SUBSTRING "${all}" 0 8 short)
file(CONFIGURE OUTPUT "${TO}" CONTENT [[
#include "reports/program_version.h"

namespace wavetank::reports {

std::string_view program_version() {
  return "@VERSION@+@short@";
}

}  // namespace wavetank::reports
]] @ONLY)
