#!/bin/sh
# core_order.sh NM CONTEXT_H OBJECT... - who works on the context calls none above it in the list of context.h
#
# Except that what waited retires, and what begins waits.
set -eu
nm=$1
order=$(sed -n 's/^ \*     \([a-z_]*\.c\)  .*/\1/p' "$2" | tr '\n' ' ')
shift 2
"$nm" -A -g "$@" | awk -v order="$order" -v except="waiting.c calls incarnation.c" '
BEGIN {
    count = split(order, list, " ")
    for (i = 1; i <= count; i++)
        rank[list[i]] = i
}
{
    file = $1
    sub(/\.o:.*/, "", file)
    sub(/.*\//, "", file)
}
!(file in rank) { next }
$2 == "U" { wanted[file, $3] = file; next }
{ home[$3] = file; found[file] }
END {
    for (key in wanted) {
        caller = wanted[key]
        symbol = substr(key, length(caller) + 2)
        if (!(symbol in home) || rank[home[symbol]] > rank[caller])
            continue
        if (caller " calls " home[symbol] != except) {
            print caller " calls " symbol "() of " home[symbol]
            wrong = 1
        }
    }
    for (file in found)
        files++
    if (files < 2 || files != count) {
        print "context.h lists " count + 0 " files, and " files + 0 " of them are here"
        wrong = 1
    }
    exit wrong
}'
echo "in order: $order"
