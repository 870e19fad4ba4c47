import assert from 'node:assert/strict';
import { listeningInodes, parseLsof } from '../../../src/stack/ports.ts';

describe('port owners', () => {
  it('finds listening sockets in /proc/net/tcp', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:268E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18423 1 0000000000000000 100 0 0 10 0
   1: 0100007F:268E 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 18424 1 0000000000000000 20 4 30 10 -1
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18425 1 0000000000000000 100 0 0 10 0`;
    assert.deepEqual(listeningInodes(table, 0x268e), ['18423']);
    assert.deepEqual(listeningInodes(table, 8080), ['18425']);
    assert.deepEqual(listeningInodes(table, 80), []);
  });

  it('reads what lsof prints for programs', () => {
    assert.deepEqual(parseLsof('p412\ncpostgres\nf5\n'), { pid: 412, command: 'postgres' });
    assert.equal(parseLsof(''), undefined);
  });
});
