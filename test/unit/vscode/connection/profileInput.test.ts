import { deepEqual, equal } from 'node:assert/strict';
import {
  hasQuery,
  isHttpUrl,
  nameFault,
  parsePostgres,
  sameHost,
} from '../../../../src/vscode/connection/profileInput.ts';

describe('The name of a connection', () => {
  it('is what an authority of a URI can be', () => {
    equal(nameFault('prod-2', []), undefined);
    for (const name of ['', 'Prod', '2nd', 'a b', 'a_b', 'ä', 'x'.repeat(41)])
      equal(nameFault(name, []), 'shape', name);
  });

  it('is none that means the stack of a folder', () => {
    for (const name of ['auto', 'docker', 'Local', 'stack']) equal(nameFault(name, []), 'reserved', name);
  });

  it('is not taken, in whatever case', () => {
    equal(nameFault('prod', ['Prod']), 'taken');
    equal(nameFault('prod', ['production']), undefined);
  });
});

describe('An address', () => {
  it('is HTTP, without a password for a settings file', () => {
    for (const url of ['http://a:9870', 'https://a.example/gateway/', 'http://[::1]:8080'])
      equal(isHttpUrl(url), true, url);
    for (const url of [
      '',
      'a:9870',
      'hdfs://a:8020',
      'ftp://a',
      'http://',
      'http://user@a',
      'http://user:pw@a',
    ])
      equal(isHttpUrl(url), false, url);
  });

  it('may carry a token, which no settings file should hold', () => {
    equal(hasQuery('http://a:8888/?token=x'), true);
    equal(hasQuery('http://a:8888/lab#x'), true);
    for (const text of ['http://a:8888/', 'nonsense', '']) equal(hasQuery(text), false, text);
  });

  it('suggests others on its host', () => {
    equal(sameHost('http://nn.example:9870', 'hdfs', 8020), 'hdfs://nn.example:8020');
    equal(sameHost('http://[::1]:9870', 'spark', 7077), 'spark://[::1]:7077');
    equal(sameHost('nonsense', 'http', 1), '');
    equal(sameHost(undefined, 'http', 1), '');
  });

  it('of a database is read with and without its scheme and port', () => {
    const shop = { host: 'db.example', port: 5432, database: 'shop', user: 'app' };
    deepEqual(parsePostgres('app@db.example/shop'), shop);
    deepEqual(parsePostgres('postgresql://app@db.example:5433/shop'), { ...shop, port: 5433 });
    deepEqual(parsePostgres('a%40b@[::1]/shop'), { host: '::1', port: 5432, database: 'shop', user: 'a@b' });
  });

  it('of a database without user or name, or with a password, is none', () => {
    for (const text of [
      '',
      'db',
      'db/shop',
      'app@db',
      'app@db/',
      'app:pw@db/shop',
      'app@db/a/b',
      'app@/shop',
    ])
      equal(parsePostgres(text), undefined, text);
  });
});
