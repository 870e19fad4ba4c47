import { readFile } from 'node:fs/promises';

/** The kinds of systems that get their programs in different ways. */
export type System = 'debian' | 'fedora' | 'arch' | 'suse' | 'linux' | 'macos' | 'windows';

/** What kind of system this is; `osRelease` is the text of /etc/os-release. */
export function systemOf(platform: NodeJS.Platform, osRelease: string): System {
  if (platform === 'darwin') return 'macos';
  if (platform === 'win32') return 'windows';
  const ids = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value]) =>
    value!.split(/\s+/),
  );
  const is = (...names: string[]): boolean => names.some((name) => ids.includes(name));
  if (is('debian', 'ubuntu')) return 'debian';
  if (is('fedora', 'rhel', 'centos')) return 'fedora';
  if (is('arch')) return 'arch';
  if (is('suse', 'opensuse')) return 'suse';
  return 'linux';
}

export async function readSystem(): Promise<System> {
  const text = process.platform === 'linux' ? await readFile('/etc/os-release', 'utf8').catch(() => '') : '';
  return systemOf(process.platform, text);
}

const windows = 'The local engine does not run on Windows: use WSL (wsl --install), or Docker.';

/** How to get a fitting Java on this system. */
export function javaAdvice(system: System): string {
  const orSdkman =
    'or, on any system, SDKMAN: sdk install java 21-tem. JAVA_HOME names one that is elsewhere.';
  switch (system) {
    case 'debian':
      return `Install one: sudo apt install openjdk-17-jdk-headless (or openjdk-21-jdk-headless); ${orSdkman}`;
    case 'fedora':
      return `Install one: sudo dnf install java-21-openjdk-headless; ${orSdkman}`;
    case 'arch':
      return `Install one: sudo pacman -S jre21-openjdk-headless; ${orSdkman}`;
    case 'suse':
      return `Install one: sudo zypper install java-21-openjdk-headless; ${orSdkman}`;
    case 'macos':
      return `Install one: brew install openjdk@21; ${orSdkman}`;
    case 'windows':
      return windows;
    case 'linux':
      return 'Install OpenJDK 17, 21 or 25 with your package manager, or with SDKMAN: sdk install java 21-tem. JAVA_HOME names one that is elsewhere.';
  }
}

/** How to get a fitting Python on this system. */
export function pythonAdvice(system: System): string {
  const elsewhere = 'MEDALLION_PYTHON names one that is elsewhere.';
  switch (system) {
    case 'debian':
      return `Install it: sudo apt install python3 python3-venv. ${elsewhere}`;
    case 'fedora':
      return `Install it: sudo dnf install python3.12. ${elsewhere}`;
    case 'arch':
      return `Install it: sudo pacman -S python. ${elsewhere}`;
    case 'suse':
      return `Install it: sudo zypper install python312. ${elsewhere}`;
    case 'macos':
      return `Install it: brew install python@3.13. ${elsewhere}`;
    case 'windows':
      return windows;
    case 'linux':
      return `Install it with your package manager, pyenv (pyenv install 3.13) or uv (uv python install 3.13). ${elsewhere}`;
  }
}

/** How to complete a Python that cannot make virtual environments; `version` is "3.11". */
export function venvAdvice(system: System, version: string): string {
  return system === 'debian'
    ? `Install it: sudo apt install python${version}-venv.`
    : 'Install its venv and ensurepip modules, or another Python.';
}
