# Fails when a file includes what its room may not include (cmake/rooms.cmake).
#
#   cmake -D ROOMS=file -D SOURCE=checkout [-D STAMP=file] -P check_arrows.cmake
#
# ROOMS: a line a room, "folder|room,room,...|library,library,...".
cmake_minimum_required(VERSION 3.25)

# Headers of libraries by how they begin, and the target of cmake/dependencies.cmake that brings them.
set(libraries
    "H5|cfo_hdf5" "hdf5|cfo_hdf5" "sndfile|cfo_audio" "soxr|cfo_audio" "yaml-cpp/|yaml-cpp"
    "nlohmann/|nlohmann_json::nlohmann_json" "tbb/|TBB::tbb" "oneapi/|TBB::tbb" "curl/|CURL::libcurl"
    "archive|LibArchive::LibArchive" "ATen/|cfo_torch" "c10/|cfo_torch" "torch/|cfo_torch" "librsvg/|cfo_drawing"
    "cairo|cfo_drawing" "openssl/|OpenSSL::Crypto" "CLI/|CLI11::CLI11")

file(STRINGS ${ROOMS} rooms)
set(folders)
foreach(room ${rooms})
  string(REPLACE "|" ";" parts "${room}")
  list(GET parts 0 folder)
  list(APPEND folders ${folder})
  list(GET parts 1 may)
  list(GET parts 2 uses)
  string(REPLACE "," ";" "may_${folder}" "${may}")
  string(REPLACE "," ";" "uses_${folder}" "${uses}")
endforeach()

function(complain text)
  message(SEND_ERROR "${text}")
  set_property(GLOBAL PROPERTY wrong TRUE)
endfunction()

# Every folder with sources is a room.
file(GLOB_RECURSE sources RELATIVE ${SOURCE} ${SOURCE}/base/*.h ${SOURCE}/base/*.cpp ${SOURCE}/storage/*.h
     ${SOURCE}/storage/*.cpp ${SOURCE}/engine/*.h ${SOURCE}/engine/*.cpp ${SOURCE}/nodes/*.h ${SOURCE}/nodes/*.cpp
     ${SOURCE}/bench/*.h ${SOURCE}/bench/*.cpp)
foreach(source ${sources})
  cmake_path(GET source PARENT_PATH folder)
  if(NOT folder IN_LIST folders)
    complain("${source}: the folder ${folder} is no room; say in cmake/rooms.cmake what it may include")
    continue()
  endif()
  file(STRINGS ${SOURCE}/${source} includes REGEX "^#include ")
  foreach(include ${includes})
    if(include MATCHES "^#include \"([^\"]+)\"")
      cmake_path(GET CMAKE_MATCH_1 PARENT_PATH other)
      if(NOT other STREQUAL folder AND NOT other IN_LIST "may_${folder}")
        complain("${source}: ${CMAKE_MATCH_1} is not for ${folder}, which may include: ${may_${folder}} (cmake/rooms.cmake)")
      endif()
    elseif(include MATCHES "^#include <([^>]+)>")
      set(header ${CMAKE_MATCH_1})
      foreach(library ${libraries})
        string(REGEX MATCH "^([^|]+)[|](.+)$" matched "${library}")
        set(target ${CMAKE_MATCH_2})
        string(FIND "${header}" "${CMAKE_MATCH_1}" at)
        if(at EQUAL 0 AND NOT target IN_LIST "uses_${folder}")
          complain("${source}: <${header}> is not for ${folder}: it does not use ${target} (cmake/rooms.cmake)")
        endif()
      endforeach()
    endif()
  endforeach()
endforeach()
get_property(wrong GLOBAL PROPERTY wrong)
if(STAMP AND NOT wrong)
  file(TOUCH ${STAMP})
endif()
