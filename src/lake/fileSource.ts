/** One entry of the lake, as the NameNode tells it. */
export interface FileStatus {
  /** Absolute path, not encoded. */
  path: string;
  name: string;
  type: 'FILE' | 'DIRECTORY';
  /** Bytes; 0 for a directory. */
  length: number;
  owner: string;
  group: string;
  /** Octal, such as `644` or `1777`. */
  permission: string;
  /** 0 for a directory. */
  replication: number;
  /** Bytes. */
  blockSize: number;
  /** Milliseconds since 1970. */
  modificationTime: number;
  /** Number of entries of a directory; 0 for a file. */
  childrenNum: number;
}

export interface ListPage {
  /** Sorted by the UTF-8 bytes of their names. */
  entries: FileStatus[];
  /** How many entries follow this page; 0 on the last. */
  remaining: number;
}

export interface ListOptions {
  /** The name after which the page starts; it need not exist. */
  startAfter?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface ReadOptions {
  /** First byte, default 0. At or after the end of the file the answer is empty. */
  offset?: number | undefined;
  /** Number of bytes, default all that follow; cut at the end of the file. */
  length?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface CancelOptions {
  signal?: AbortSignal | undefined;
}

/** All that reading a table needs of a file system. `WebHdfs` is one; tests read a local directory the same way. */
export interface FileSource {
  /** One page of a directory. Throws `not-found`. */
  list(path: string, options?: ListOptions): Promise<ListPage>;
  /** Throws `not-found`. */
  stat(path: string, options?: CancelOptions): Promise<FileStatus>;
  /** Throws `not-found`. */
  read(path: string, options?: ReadOptions): Promise<Buffer>;
}
