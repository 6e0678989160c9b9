#!/bin/sh
# consumer.sh CMAKE BUILD SOURCE WORK CC SANITIZE - install, then build and run a consumer against it
#
# Once with pkg-config (shared and static), once with find_package(). Then: is everything there?
set -eu
cmake=$1 build=$2 source=$3 work=$4 cc=$5 sanitize=$6
flags=${sanitize:+-fsanitize=$sanitize}
rm -rf "$work"
mkdir -p "$work/package"
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log"
pc=$(dirname "$(find "$work/prefix" -name tcptwin.pc)")
lib=$(dirname "$pc")
export PKG_CONFIG_PATH="$pc"

$cc -std=c11 -Wall -Werror $flags $(pkg-config --cflags tcptwin) "$source" \
    -o "$work/shared" $(pkg-config --libs tcptwin)
LD_LIBRARY_PATH="$lib" "$work/shared"
$cc -std=c11 -Wall -Werror $flags $(pkg-config --cflags tcptwin) "$source" -o "$work/static" "$lib/libtcptwin.a"
"$work/static"

cat >"$work/package/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(consumer LANGUAGES C)
find_package(tcptwin REQUIRED)
add_executable(consumer $source)
target_compile_options(consumer PRIVATE $flags)
target_link_options(consumer PRIVATE $flags)
target_link_libraries(consumer PRIVATE tcptwin::tcptwin)
END
"$cmake" -S "$work/package" -B "$work/package/build" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/package.log"
"$cmake" --build "$work/package/build" >>"$work/package.log"
"$work/package/build/consumer"

test -x "$work/prefix/bin/tcptwin"
test -s "$(find "$work/prefix" -name tcptwin.1)"
test -L "$lib/libtcptwin.so"
test -f "$work/prefix/include/tcptwin/states.def"
