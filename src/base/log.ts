/** Where the parts write what they do. VS Code's LogOutputChannel fits as it is. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** One report of a long task, in the person's words: "Downloading Spark 4.2.0", 210 of 434, bytes. */
export interface Progress {
  message: string;
  done?: number;
  total?: number;
  unit?: 'bytes' | 'rows' | 'tasks' | 'entries' | 'steps';
}

export type OnProgress = (progress: Progress) => void;
