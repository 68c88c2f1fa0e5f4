#!/usr/bin/env bash
# Fetches the Kafka broker that tests run into .ballast/toolchain/kafka-<hash>/, each jar checked against its SHA-256.
#   scripts/kafka.sh
# Maven fetches them, so mirrors and proxies of ~/.m2/settings.xml hold. Without Java or Maven it says what will be skipped.
# After a change of pom.xml: scripts/kafka.sh --pin
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

pinned=tools/toolchain/kafka
out=.ballast/toolchain/kafka-$(cat $pinned/pom.xml $pinned/jars.sha256 | sha256)
[ ! -d "$out" ] || [ "${1:-}" = --pin ] || exit 0
for program in java mvn; do
  command -v $program >/dev/null || { say "kafka: $program is missing, so tests of a real broker are skipped (Debian: maven)"; exit 0; }
done
need_disk 1 "Kafka"
mkdir -p .ballast/toolchain
exec 9> .ballast/toolchain/.kafka.lock
flock 9
[ ! -d "$out" ] || [ "${1:-}" = --pin ] || exit 0
say "kafka: fetching $(wc -l < $pinned/jars.sha256) jars by Maven (once, 43 MB)"
part=$(mktemp -d "$PWD/.ballast/toolchain/kafka.XXXXXX")
trap 'rm -rf "$part"' EXIT
mvn -B --color never -f $pinned/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$part" 2>&1 | awk -v tty="$([ -t 2 ] && [ -z "${CI:-}" ] && echo 1)" '
    /Downloaded from/ { n++ } /ERROR/ { print > "/dev/stderr" }
    tty { printf "\r  kafka: %d files fetched ", n > "/dev/stderr" } END { if (tty) print "" > "/dev/stderr" }' ||
  die "Kafka could not be fetched; the lines above are Maven's own (behind a mirror or proxy: ~/.m2/settings.xml)"
sums() { (cd "$part" && sha256sum -- *.jar); }
[ "${1:-}" != --pin ] || { sums > $pinned/jars.sha256; say "kafka: pinned; run scripts/kafka.sh"; exit 0; }
diff <(sums) $pinned/jars.sha256 >&2 || die "Maven brought other jars than $pinned/jars.sha256 lists (<: brought, >: listed); nothing was kept"
chmod 755 "$part"
mv "$part" "$out"
say "kafka: ready"
