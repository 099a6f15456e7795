#!/bin/sh
# Runs segmint once and turns its exit code into what cron knows: silence when all is well, a text when somebody has to look, and
# an exit code. Two of these at once are no danger: a registry lets one run in and sends the other away with 75.
#
#   SEGMINT_PROGRAM        the program                                              segmint
#   SEGMINT_CONFIG         the configuration                                        /etc/segmint/pipeline.toml
#   SEGMINT_AS_OF          the date of the table, such as $(date -I), so that the   none
#                          same night again gives its finished run back
#   SEGMINT_METRICS        a file of figures for Prometheus                         none
#   SEGMINT_RESULT         a file for the JSON of the newest run, held ones too     none
#   SEGMINT_NOTIFY         a program that gets one line as argument and the         standard error, which cron mails
#                          messages of segmint on standard input
#   SEGMINT_HELD_EXIT      the exit code of a run that the gate holds               0
#   SEGMINT_RETRIES        further tries while another run holds the registry       3
#   SEGMINT_RETRY_SECONDS  seconds before each of them                              600
set -u

result=$(mktemp) && messages=$(mktemp) || exit 1
trap 'rm -f "$result" "$messages"' EXIT
trap 'exit 130' HUP INT TERM

notify() {
    if [ -n "${SEGMINT_NOTIFY:-}" ]; then
        "$SEGMINT_NOTIFY" "$1" <"$messages"
    else
        printf '%s\n' "$1" >&2
        cat "$messages" >&2
    fi
}

set -- -c "${SEGMINT_CONFIG:-/etc/segmint/pipeline.toml}" run --json
[ -z "${SEGMINT_AS_OF:-}" ] || set -- "$@" --as-of "$SEGMINT_AS_OF"
[ -z "${SEGMINT_METRICS:-}" ] || set -- "$@" --metrics "$SEGMINT_METRICS"

left=${SEGMINT_RETRIES:-3}
while :; do
    "${SEGMINT_PROGRAM:-segmint}" "$@" >"$result" 2>"$messages"
    code=$?
    if [ "$code" -ne 75 ] || [ "$left" -le 0 ]; then break; fi
    left=$((left - 1))
    sleep "${SEGMINT_RETRY_SECONDS:-600}"
done

case $code in
0 | 5)
    # Written beside and renamed, so that no reader sees half of it.
    if [ -n "${SEGMINT_RESULT:-}" ]; then
        if ! cp "$result" "$SEGMINT_RESULT.new" || ! mv "$SEGMINT_RESULT.new" "$SEGMINT_RESULT"; then exit 1; fi
    fi
    ;;
esac

case $code in
0) exit 0 ;;
5)
    notify "segmint: the new run is held, the segments of the one before stay in use"
    exit "${SEGMINT_HELD_EXIT:-0}"
    ;;
75) notify "segmint: another run still holds the registry" ;;
*) notify "segmint: failed with exit code $code" ;;
esac
exit "$code"
