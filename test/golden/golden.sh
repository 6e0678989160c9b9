#!/bin/sh
# golden.sh compare|update|orphans|covered TCPTWIN CAPTURES EXPECTED [NAME...]
#
# The reports on CAPTURES/NAME.pcap are EXPECTED/NAME.REPORT, byte by byte. The tool runs inside CAPTURES so that no
# path of this machine gets into them. update rewrites them (all names, if none is given); orphans
# finds expectations whose capture is gone, covered finds diagnoses that none of them shows. REPORTS in the environment:
# only these.
set -eu
what=$1 tool=$2 captures=$3 expected=$4
shift 4
reports=${REPORTS:-report timeline findings anomalies json sockets hosts}
cd "$captures"
export LC_ALL=C NO_COLOR=1
unset COLUMNS

if [ "$what" = orphans ]; then
    status=0
    for report in $reports; do
        for file in "$expected"/*."$report"; do
            name=$(basename "$file" ."$report")
            [ ! -e "$file" ] || [ -e "$name.pcap" ] || { echo "$name.$report: its capture is gone"; status=1; }
        done
    done
    exit $status
fi

if [ "$what" = covered ]; then
    status=0
    for code in $("$tool" explain | sed -n '/^diagnosis:/,/^$/s/^  \([a-z_0-9]*\) .*/\1/p'); do
        cat "$expected"/*.findings "$expected"/*/*.findings | grep -q "sure  $code\$" ||
            { echo "$code: no capture shows it"; status=1; }
    done
    exit $status
fi

if [ $# -eq 0 ]; then
    for pcap in *.pcap; do
        [ ! -e "$pcap" ] || set -- "$@" "${pcap%.pcap}"
    done
fi
status=0
for name in "$@"; do
    for report in $reports; do
        file=$expected/$name.$report
        if [ "$what" = update ]; then
            "$tool" "$report" --rows 0 "$name.pcap" >"$file" 2>/dev/null || echo "$name.$report: exit $?"
        else
            [ -e "$file" ] || { echo "$name.$report is not there: build the target golden-update"; status=1; continue; }
            "$tool" "$report" --rows 0 "$name.pcap" 2>/dev/null |
                diff -u --label "expected $name.$report" --label "tcptwin $report $name.pcap" \
                "$file" - || status=1
        fi
    done
done
exit $status
