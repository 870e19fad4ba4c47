import { WorkbenchError } from '../base/errors.ts';

/**
 * The path as HDFS wants it: absolute, without a trailing slash. Throws `invalid` for what HDFS forbids (empty, `.`
 * and `..` components, colons) and for what no URL can carry (NUL, half a surrogate pair): the server would answer
 * with a Java message, or would quietly take another file.
 */
export function checkPath(path: string): string {
  if (!path.startsWith('/')) {
    throw new WorkbenchError('invalid', `"${path}" is not a path of the lake: it must start with a slash.`);
  }
  const clean = path.length > 1 && path.endsWith('/') && path !== '//' ? path.slice(0, -1) : path;
  if (clean === '/') return clean;
  for (const name of clean.slice(1).split('/')) {
    const fault = nameFault(name);
    if (fault) throw new WorkbenchError('invalid', `"${path}" is not a path of the lake: ${fault}.`);
  }
  return clean;
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'it has an empty part (two slashes)';
  if (name === '.' || name === '..') return `it has the part "${name}"; write the path out`;
  if (name.includes(':')) return 'HDFS allows no colon in names';
  if (name.includes('\0')) return 'HDFS allows no NUL character in names';
  // A lone surrogate has no UTF-8 form.
  if (/\p{Surrogate}/u.test(name)) return 'a name has a broken Unicode character';
  return undefined;
}

/** The path for a URL; `+` too is encoded, since some servers read it as a space. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

export function joinPath(directory: string, name: string): string {
  if (name === '') return directory;
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** The directory of a path; `/` for `/`. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The last component; empty for `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}

/** What `path` is called within `directory`, which it lies below: `gold/orders`. */
export function pathBelow(path: string, directory: string): string {
  return path.slice(directory === '/' ? 1 : directory.length + 1);
}

/** Where a file is written until it is complete. Readers of tables skip names with a dot or underscore in front. */
export function temporaryPath(path: string, uuid: string): string {
  return joinPath(parentPath(path), `.${baseName(path)}._tmp.${uuid}`);
}

/**
 * Where to send the DataNode step. `location` is the NameNode's answer: it names the DataNode by a host name that may
 * mean nothing here, so `dataNodes` may map its `host:port`. The query is kept; the path is encoded anew from
 * `path`, because Java normalises the Unicode of the one in the answer.
 */
export function dataNodeUrl(
  location: string,
  path: string,
  dataNodes: Readonly<Record<string, string>> = {},
): URL {
  let url: URL;
  try {
    url = new URL(location);
  } catch {
    throw new WorkbenchError('protocol', `The NameNode names a DataNode by "${location}", which is no URL.`);
  }
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const mapped = dataNodes[`${url.hostname}:${port}`];
  const prefix = url.pathname.slice(0, url.pathname.indexOf('/webhdfs/v1'));
  const query = location.includes('?') ? location.slice(location.indexOf('?')) : '';
  return new URL(`${url.protocol}//${mapped ?? url.host}${prefix}/webhdfs/v1${encodePath(path)}${query}`);
}
