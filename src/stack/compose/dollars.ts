/**
 * A part of the canonical model with its doubled dollar signs made single, as containers, images and processes get
 * it. `docker compose config` doubles each one, in keys too, so that its output can be read again as a Compose file.
 */
export function singleDollars<T>(value: T): T {
  return single(value) as T;
}

function single(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$$', () => '$');
  if (Array.isArray(value)) return value.map(single);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [single(key), single(item)]));
}
