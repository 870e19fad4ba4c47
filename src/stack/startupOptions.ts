import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface StartupOptions {
  driver: string;
  executor: string;
}

/**
 * Java options that make short-lived drivers and executors start faster: only the quick compiler, one collector
 * thread, and the class data archives that `stack/provision/class_archive.py` made. `directory` holds them, as the
 * workers see it, and `javaVersion` is their Java's ("17.0.15"). An archive that is missing or of another build is
 * ignored without a word. Java 24 and later have one ahead-of-time cache for each kind of process (JEP 483).
 */
export function startupOptions(directory: string, javaVersion: string): StartupOptions {
  const common = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  // Spark splits these options at blanks; there is no quoting that both the master and SparkSubmit take.
  if (/\s/.test(directory)) return { driver: common, executor: common };
  if (Number.parseInt(javaVersion, 10) < 24) {
    const archive = `${common} -Xshare:auto -Xlog:cds=off -XX:SharedArchiveFile=${directory}/spark.jsa`;
    return { driver: archive, executor: archive };
  }
  const cache = (name: string): string =>
    `${common} -Xlog:aot=off -Xlog:cds=off -XX:AOTCache=${directory}/${name}.aot`;
  return { driver: cache('driver'), executor: cache('executor') };
}

/** `startupOptions` for a runtime and a Java on this machine, whose `release` file tells its full version. */
export async function startupOptionsOf(runtime: { dir: string; javaHome: string }): Promise<StartupOptions> {
  const release = await readFile(join(runtime.javaHome, 'release'), 'utf8').catch(() => '');
  const version = /^JAVA_VERSION="(.+)"/m.exec(release)?.[1];
  // A Java of which nothing is known gets no options: everything runs, only slower.
  return version === undefined
    ? { driver: '', executor: '' }
    : startupOptions(join(runtime.dir, 'cds', version), version);
}
