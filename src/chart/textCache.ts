import LRU from 'zrender/lib/core/LRU.js';

/**
 * ECharts keeps the widths of texts in objects with the texts as keys: a category named `__proto__` gets it to write to
 * Object.prototype. With a letter before each key, none of them is a property that objects have from the start.
 */
const cache = LRU.prototype as Record<'get' | 'put', (key: unknown, ...rest: unknown[]) => unknown>;

for (const name of ['get', 'put'] as const) {
  const own = cache[name];
  cache[name] = function (this: unknown, key, ...rest) {
    return own.call(this, typeof key === 'string' ? `=${key}` : key, ...rest);
  };
}
