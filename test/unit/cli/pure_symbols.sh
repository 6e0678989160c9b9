#!/bin/sh
# pure_symbols.sh NM OBJECT... - what the objects need from outside must be on this list
#
# Memory, files, clocks, environment, locale, libpcap and jansson are not: they come in through the caller.
set -eu
nm=$1
shift
allowed='^(mem(cpy|set|move|cmp|chr)|bcmp|strlen|strcmp|strchr|tcptwin_[a-z0-9_]+'
allowed="$allowed|__stack_chk_fail|__assert_fail|_GLOBAL_OFFSET_TABLE_|__mem[a-z]+_chk"
allowed="$allowed|__(asan|ubsan|sanitizer|sancov)_[A-Za-z0-9_]+"
allowed="$allowed|__start___sancov_[a-z0-9_]+|__stop___sancov_[a-z0-9_]+)\$"

defined=$("$nm" --defined-only -g "$@" | awk 'NF == 3 { print $3 }' | sort -u)
wanted=$("$nm" -u "$@" | awk 'NF == 2 { print $2 }' | sort -u)
foreign=$(printf '%s\n' "$wanted" | grep -vxF -e "$defined" | grep -vE "$allowed" || true)
if [ -n "$foreign" ]; then
    echo "not pure, these symbols come from outside:"
    printf '%s\n' "$foreign"
    exit 1
fi
echo "$(printf '%s\n' "$wanted" | wc -l) undefined symbols, all allowed"
