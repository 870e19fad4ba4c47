# Sourced by the start scripts. They run unchanged in a container and as a local process.
set -eu
umask 077
: "${MEDALLION_HOME:?}" "${MEDALLION_RUNTIME:?}"

PYTHON="$MEDALLION_RUNTIME/venv/bin/python"
SPARK_HOME="$MEDALLION_RUNTIME/spark"
JAVA="$JAVA_HOME/bin/java"
HDFS_URI="hdfs://${NAMENODE_HOST:-}:${NAMENODE_PORT:-}"
export SPARK_HOME SPARK_SCALA_VERSION=2.13

# A class data archive cuts the start of each JVM; it is made once by the set-up for the Java that is used.
# The class path must be the archive's own: jars first and no directory with files in it.
CDS="$MEDALLION_RUNTIME/cds/daemons.jsa"
JVM_FLAGS="-Xmx${DAEMON_MEMORY:-256m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8"
JVM_FLAGS="$JVM_FLAGS -Dlog4j2.configurationFile=file:$MEDALLION_HOME/services/log4j2.properties"
if [ -f "$CDS" ]; then JVM_FLAGS="$JVM_FLAGS -XX:SharedArchiveFile=$CDS -Xshare:auto"; fi

# Replaces this shell by a Java process: run_java MAIN_CLASS ARGS...
run_java() {
  # shellcheck disable=SC2086 # the flags are words
  exec "$JAVA" $JVM_FLAGS -cp "$MEDALLION_RUNTIME/hdfs/*:$SPARK_HOME/jars/*" "$@"
}

secret() { cat "$SECRETS_DIR/$1"; }
