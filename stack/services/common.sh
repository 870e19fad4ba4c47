# Sourced by the start scripts. They run unchanged in a container and as a local process.
set -eu
umask 077
: "${MEDALLION_HOME:?}" "${MEDALLION_RUNTIME:?}"

PYTHON="$MEDALLION_RUNTIME/venv/bin/python"
SPARK_HOME="$MEDALLION_RUNTIME/spark"
JAVA="$JAVA_HOME/bin/java"
HDFS_URI="hdfs://${NAMENODE_HOST:-}:${NAMENODE_PORT:-}"
export SPARK_HOME SPARK_SCALA_VERSION=2.13

JVM_FLAGS="-Xmx${DAEMON_MEMORY:-256m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8"
LOGGING="-Dlog4j2.configurationFile=file:$MEDALLION_HOME/services/log4j2.properties"

# Replaces this shell by a Java process: run_java MAIN_CLASS ARGS...
run_java() {
  # shellcheck disable=SC2086 # the flags are words
  exec "$JAVA" $JVM_FLAGS "$LOGGING" -cp "$MEDALLION_RUNTIME/hdfs/*:$SPARK_HOME/jars/*" "$@"
}

# Replaces this shell by one of Spark's daemons: run_spark MAIN_CLASS ARGS...
#
# The set-up's class data archive (provision/class_archive.py) cuts the start of each JVM: of this one, and of the
# drivers and executors that a worker starts. It fits if the class path is what Spark's launcher makes with this empty
# configuration directory; where it does not fit, or is not there, Java goes on without it.
run_spark() {
  version="$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$JAVA_HOME/release" 2>/dev/null || true)"
  archive="$MEDALLION_RUNTIME/cds/$version/spark.jsa"
  set -- -cp "$SPARK_CONF_DIR/:$(echo "$SPARK_HOME"/jars/slf4j-api-*.jar):$SPARK_HOME/jars/*" "$@"
  if [ -f "$archive" ]; then set -- -Xshare:auto -Xlog:cds=off "-XX:SharedArchiveFile=$archive" "$@"; fi
  # shellcheck disable=SC2086 # the flags are words
  exec "$JAVA" $JVM_FLAGS "$LOGGING" "$@"
}

# Sets SPARK_CONF_DIR to an empty directory: the archive's own, or DIR where there is none. Any file in it would switch
# the archive off.
use_empty_conf() {
  SPARK_CONF_DIR="$MEDALLION_RUNTIME/cds/conf"
  if [ ! -d "$SPARK_CONF_DIR" ]; then
    SPARK_CONF_DIR="$1"
    mkdir -p "$SPARK_CONF_DIR"
  fi
  export SPARK_CONF_DIR
}

secret() { cat "$SECRETS_DIR/$1"; }
