# The rooms of the house: every folder of sources, what it may include, and the libraries it uses. Each room is one
# static library (storage/audio -> cfo_storage_audio), and the build fails on an include that is not allowed here
# (cmake/check_arrows.cmake). docs/architecture.md tells what each room is for.
#
#   cfo_room(FOLDER [TENSOR] MAY_INCLUDE room... BUILDS_ON room... USES library...)
#
# A room may include what it names and nothing behind that. MAY_INCLUDE names rooms declared above, so that no arrows run
# in a circle; BUILDS_ON is for families, which are listed by the alphabet. TENSOR: its files work on tensors (libtorch, with the shared
# precompiled header). Libraries are those of cmake/dependencies.cmake: HDF5, for one, is storage/hdf5's alone.

set(CFO_ROOMS)  # "folder|rooms it may include|libraries", for the check

function(cfo_target_of folder variable)
  string(REPLACE "/" "_" name ${folder})
  string(REGEX REPLACE "^nodes_networks_" "" name ${name})
  set(${variable} cfo_${name} PARENT_SCOPE)
endfunction()

function(cfo_room folder)
  cmake_parse_arguments(arg "TENSOR" "" "MAY_INCLUDE;BUILDS_ON;USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  cfo_target_of(${folder} target)
  set(links ${arg_USES})
  foreach(room ${arg_MAY_INCLUDE})
    cfo_target_of(${room} other)
    if(NOT TARGET ${other})
      message(FATAL_ERROR "${folder} may include ${room}, which is not declared above it")
    endif()
  endforeach()
  list(APPEND arg_MAY_INCLUDE ${arg_BUILDS_ON})
  foreach(room ${arg_MAY_INCLUDE})
    cfo_target_of(${room} other)
    list(APPEND links ${other})
  endforeach()
  if(arg_TENSOR)
    list(APPEND arg_USES cfo_torch)
    list(APPEND links cfo_torch)
  endif()
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC cfo_flags ${links})
    add_dependencies(${target} check_arrows)
    if(arg_TENSOR)
      target_precompile_headers(${target} REUSE_FROM cfo_tensor_pch)
    endif()
  else()  # headers alone
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE cfo_flags ${links})
  endif()
  list(JOIN arg_MAY_INCLUDE "," rooms)
  list(JOIN arg_USES "," libraries)
  set(CFO_ROOMS ${CFO_ROOMS} "${folder}|${rooms}|${libraries}" PARENT_SCOPE)
endfunction()

# --- base: what every folder shares; knows nothing -------------------------------------------------------------------
cfo_room(base USES fmt::fmt OpenSSL::Crypto PkgConfig::UTF8PROC cfo_torch)  # torch: the type of tensor_map.h
cfo_room(base/process MAY_INCLUDE base USES fmt::fmt)

# --- storage: files of every kind; knows base ------------------------------------------------------------------------
cfo_room(storage)
cfo_room(storage/audio MAY_INCLUDE base USES cfo_audio)
cfo_room(storage/checkpoint/bytes MAY_INCLUDE base USES LibArchive::LibArchive nlohmann_json::nlohmann_json)
cfo_room(storage/checkpoint/values TENSOR MAY_INCLUDE base storage/checkpoint/bytes)
cfo_room(storage/checkpoint/pickle TENSOR MAY_INCLUDE base storage/checkpoint/bytes storage/checkpoint/values)
cfo_room(storage/checkpoint/formats TENSOR
         MAY_INCLUDE base storage/checkpoint/bytes storage/checkpoint/values storage/checkpoint/pickle
         USES nlohmann_json::nlohmann_json)
cfo_room(storage/checkpoint TENSOR
         MAY_INCLUDE base storage/checkpoint/bytes storage/checkpoint/values storage/checkpoint/pickle
                     storage/checkpoint/formats
         USES nlohmann_json::nlohmann_json)
cfo_room(storage/hdf5 MAY_INCLUDE base USES cfo_hdf5)
cfo_room(storage/shards MAY_INCLUDE base storage storage/hdf5)
cfo_room(storage/tables MAY_INCLUDE base storage USES LibArchive::LibArchive)
cfo_room(storage/corpus MAY_INCLUDE base storage storage/audio storage/tables)
cfo_room(storage/download MAY_INCLUDE base storage/checkpoint/bytes
         USES CURL::libcurl LibArchive::LibArchive nlohmann_json::nlohmann_json)
cfo_room(storage/run_folder MAY_INCLUDE base USES nlohmann_json::nlohmann_json yaml-cpp)
cfo_room(storage/export MAY_INCLUDE base storage storage/audio storage/run_folder storage/shards storage/tables)

# --- engine: graph, plan, runtime; knows base and the run folder it writes, nothing of audio or networks -------------
cfo_room(engine/kind)
cfo_room(engine/graph MAY_INCLUDE base engine/kind USES yaml-cpp)
cfo_room(engine/plan MAY_INCLUDE base engine/kind engine/graph storage/run_folder)
cfo_room(engine/runtime MAY_INCLUDE base base/process engine/kind engine/graph engine/plan storage/run_folder
         USES TBB::tbb nlohmann_json::nlohmann_json)
cfo_room(engine/describe MAY_INCLUDE base base/process engine/kind engine/graph engine/plan engine/runtime
                                     storage/run_folder)

# --- nodes/networks: plain libraries over tensors; know base alone ---------------------------------------------------
set(networks nodes/networks)
cfo_room(${networks}/tensors TENSOR MAY_INCLUDE base)
cfo_room(${networks}/layers/basic TENSOR MAY_INCLUDE base ${networks}/tensors)
set(below ${networks}/tensors ${networks}/layers/basic)
cfo_room(${networks}/layers/attention TENSOR MAY_INCLUDE base ${below})
cfo_room(${networks}/layers/quantizers TENSOR MAY_INCLUDE base ${below})
cfo_room(${networks}/layers/spectra TENSOR MAY_INCLUDE base ${below})
cfo_room(${networks}/layers/ssl TENSOR MAY_INCLUDE base ${below} ${networks}/layers/attention)
cfo_room(${networks}/layers/backbones TENSOR MAY_INCLUDE base ${below} ${networks}/layers/attention)
set(layers ${below})
foreach(shelf attention quantizers spectra ssl backbones)
  list(APPEND layers ${networks}/layers/${shelf})
endforeach()

cfo_room(${networks}/codecs TENSOR MAY_INCLUDE base ${networks}/tensors ${networks}/layers/ssl USES yaml-cpp)
# A family of codecs is a folder below codecs/, found by listing. One that builds on others (or has folders of its own)
# says so here.
set(codecs ${networks}/codecs)
set(bigcodec_builds_on dac)
set(encodec_builds_on seanet)
set(facodec_builds_on dac)
set(freqcodec_builds_on funcodec seanet)
set(funcodec_builds_on seanet)
set(llm_codec_builds_on snac)
set(mimi_builds_on seanet)
set(semanticodec_builds_on semanticodec/diffusion)
set(snac_builds_on dac)
set(speechtokenizer_builds_on seanet)
set(vocos_builds_on seanet)
set(wavtokenizer_builds_on vocos)
set(xcodec_builds_on dac seanet)
cfo_room(${codecs}/semanticodec/diffusion TENSOR MAY_INCLUDE base ${layers})
file(GLOB family_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE ${CMAKE_SOURCE_DIR}/${codecs}
     ${CMAKE_SOURCE_DIR}/${codecs}/*)
set(codec_families)
foreach(folder ${family_folders})
  if(NOT IS_DIRECTORY ${CMAKE_SOURCE_DIR}/${codecs}/${folder} OR folder STREQUAL "make")
    continue()
  endif()
  set(built_on)
  foreach(other ${${folder}_builds_on})
    list(APPEND built_on ${codecs}/${other})
  endforeach()
  cfo_room(${codecs}/${folder} TENSOR MAY_INCLUDE base ${layers} ${codecs} BUILDS_ON ${built_on})
  if(EXISTS ${CMAKE_SOURCE_DIR}/${codecs}/${folder}/${folder}.cpp)
    list(APPEND codec_families ${folder})
  endif()
endforeach()
cfo_room(${codecs}/make TENSOR MAY_INCLUDE base ${networks}/tensors ${codecs})
cfo_listing(cfo_codecs_make codecs ${networks}/codecs/make/make_codec.h Family all_families families ${codec_families})

cfo_room(${networks}/metrics MAY_INCLUDE base)
cfo_room(${networks}/tsne TENSOR MAY_INCLUDE base)
cfo_room(${networks}/augment TENSOR MAY_INCLUDE base ${networks}/tensors)
cfo_room(${networks}/quality TENSOR MAY_INCLUDE base ${below} ${networks}/layers/ssl)

set(detectors ${networks}/detectors)
cfo_room(${detectors}/modules TENSOR MAY_INCLUDE base ${below})
cfo_room(${detectors} TENSOR MAY_INCLUDE base ${networks}/tensors ${detectors}/modules)
set(w2v2_aasist_builds_on aasist)
file(GLOB detector_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE ${CMAKE_SOURCE_DIR}/${detectors}
     ${CMAKE_SOURCE_DIR}/${detectors}/*)
set(detector_networks)
foreach(folder ${detector_folders})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${detectors}/${folder}/${folder}.cpp 
     OR folder MATCHES "^(modules|make|training)$")
    continue()
  endif()
  set(built_on)
  foreach(other ${${folder}_builds_on})
    list(APPEND built_on ${detectors}/${other})
  endforeach()
  cfo_room(${detectors}/${folder} TENSOR
           MAY_INCLUDE base ${layers} ${detectors} ${detectors}/modules BUILDS_ON ${built_on})
  list(APPEND detector_networks ${folder})
endforeach()
cfo_room(${detectors}/make TENSOR MAY_INCLUDE base ${detectors} ${detectors}/modules)
cfo_listing(cfo_detectors_make detectors ${detectors}/make/make_detector.h Network all_networks networks
            ${detector_networks})
cfo_room(${detectors}/training TENSOR
         MAY_INCLUDE base ${networks}/tensors ${networks}/metrics ${detectors} ${detectors}/modules)

# --- nodes/weights, nodes/report: know networks and storage ----------------------------------------------------------
cfo_room(nodes/weights TENSOR
         MAY_INCLUDE base base/process ${networks}/tensors ${codecs} ${codecs}/make ${detectors} ${detectors}/make
                     ${networks}/quality storage/checkpoint storage/download
         USES yaml-cpp nlohmann_json::nlohmann_json)
cfo_room(nodes/report/gather TENSOR
         MAY_INCLUDE base ${codecs} ${networks}/metrics ${networks}/tsne storage storage/shards storage/tables
                     storage/run_folder
         USES yaml-cpp nlohmann_json::nlohmann_json)
cfo_room(nodes/report/tables MAY_INCLUDE base nodes/report/gather)
cfo_room(nodes/report/figures MAY_INCLUDE base nodes/report/gather nodes/report/tables USES cfo_drawing)
cfo_room(nodes/report/page MAY_INCLUDE base ${networks}/metrics storage/run_folder nodes/report/gather
                                       nodes/report/tables nodes/report/figures)
cfo_room(nodes/report MAY_INCLUDE base storage/run_folder nodes/report/gather nodes/report/tables nodes/report/figures
                           nodes/report/page)

# --- nodes/kinds: the node kinds; know all of the above --------------------------------------------------------------
cfo_room(nodes/kinds/shared TENSOR  # what several kinds share
         MAY_INCLUDE base base/process engine/kind ${networks}/tensors ${codecs} ${detectors} ${detectors}/modules
                     ${detectors}/make nodes/weights storage storage/audio storage/checkpoint storage/shards
                     storage/corpus storage/run_folder
         USES yaml-cpp)
cfo_room(nodes/kinds TENSOR
         MAY_INCLUDE base base/process engine/kind ${networks}/tensors ${networks}/metrics ${networks}/augment ${networks}/quality
                     ${codecs} ${codecs}/make ${codecs}/mdct ${detectors} ${detectors}/modules ${detectors}/make
                     ${detectors}/training nodes/weights nodes/report nodes/kinds/shared storage storage/audio
                     storage/checkpoint storage/shards storage/corpus storage/tables storage/run_folder)

# --- nodes/recode: files through one codec, by the kinds ---------------------------------------------------------------
cfo_room(nodes/recode TENSOR
         MAY_INCLUDE base engine/kind engine/runtime nodes/kinds nodes/kinds/shared ${codecs} nodes/weights
                     storage/audio storage/corpus)

# --- bench: speed -----------------------------------------------------------------------------------------------------
cfo_room(bench/measure TENSOR MAY_INCLUDE base ${networks}/tensors ${codecs} ${codecs}/make
         USES cfo_hdf5 nlohmann_json::nlohmann_json)
cfo_room(bench/speed TENSOR
         MAY_INCLUDE base engine/kind engine/graph engine/plan engine/runtime ${networks}/tensors ${networks}/quality
                     ${codecs} ${codecs}/make ${detectors} ${detectors}/modules ${detectors}/make nodes/weights
                     storage/checkpoint storage/run_folder bench/measure)
cfo_room(bench/fit TENSOR
         MAY_INCLUDE base engine/kind engine/graph engine/plan bench/measure bench/speed)
cfo_room(bench/print MAY_INCLUDE base bench/measure bench/speed USES nlohmann_json::nlohmann_json)
cfo_room(bench/commands TENSOR
         MAY_INCLUDE base engine/graph engine/plan engine/runtime ${networks}/tensors ${codecs} nodes/weights nodes/kinds
                     bench/measure bench/speed bench/print)
