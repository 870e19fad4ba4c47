import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import {
  baseName,
  checkPath,
  dataNodeUrl,
  encodePath,
  isWithin,
  joinPath,
  parentPath,
  temporaryPath,
} from '../../../src/lake/hdfsPath.ts';

describe('paths of the lake', () => {
  it('takes what HDFS takes and refuses the rest', () => {
    assert.equal(checkPath('/'), '/');
    assert.equal(checkPath('/a/b/'), '/a/b');
    assert.equal(checkPath('/a b/%/+'), '/a b/%/+');
    for (const path of ['', 'a', '//', '/a//b', '/a/./b', '/..', '/a:b', '/\0', '/\ud83d', '/\ude00x']) {
      assert.throws(
        () => checkPath(path),
        (error) => isWorkbenchError(error, 'invalid'),
        path,
      );
    }
  });

  it('survives the trip through a URL', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (parts) => {
        const path = `/${parts.map((part) => part.replace(/[/:]|^\.\.?$/g, '_')).join('/')}`;
        fc.pre(path === '/' || !path.includes('//'));
        const url = new URL(`http://h:1/webhdfs/v1${encodePath(path)}?op=OPEN`);
        assert.equal(decodeURIComponent(url.pathname), `/webhdfs/v1${path}`);
        assert.equal(url.search, '?op=OPEN');
      }),
    );
  });

  it('joins and splits', () => {
    assert.equal(joinPath('/', 'a'), '/a');
    assert.equal(joinPath('/a', 'b'), '/a/b');
    assert.equal(joinPath('/a', ''), '/a');
    assert.deepEqual([parentPath('/a/b'), parentPath('/a'), parentPath('/')], ['/a', '/', '/']);
    assert.deepEqual([baseName('/a/b'), baseName('/')], ['b', '']);
    assert.equal(temporaryPath('/a/b', 'id'), '/a/.b._tmp.id');
    assert.ok(isWithin('/a/b', '/a') && isWithin('/a', '/a') && isWithin('/a', '/'));
    assert.ok(!isWithin('/ab', '/a'));
  });

  it('sends the DataNode step where it is mapped to, path and query kept', () => {
    const location =
      'http://datanode:9864/webhdfs/v1/x%20y?op=OPEN&namenoderpcaddress=namenode:8020&offset=0';
    assert.equal(dataNodeUrl(location, '/x y').href, location);
    assert.equal(
      dataNodeUrl(location, '/x y', { 'datanode:9864': '127.0.0.1:32768' }).href,
      'http://127.0.0.1:32768/webhdfs/v1/x%20y?op=OPEN&namenoderpcaddress=namenode:8020&offset=0',
    );
    assert.equal(
      dataNodeUrl('http://dn/webhdfs/v1/é?a', '/e\u0301', { 'dn:80': 'h:1' }).href,
      'http://h:1/webhdfs/v1/e%CC%81?a',
    );
    assert.throws(
      () => dataNodeUrl('nonsense', '/'),
      (error) => isWorkbenchError(error, 'protocol'),
    );
  });
});
