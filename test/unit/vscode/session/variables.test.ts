import { deepEqual, equal, throws } from 'node:assert/strict';
import {
  columnsOf,
  contextOf,
  describeVariable,
  inOrder,
  readVariables,
  type Variable,
} from '../../../../src/vscode/session/variables.ts';

function variable(given: Partial<Variable>): Variable {
  return {
    ...{ name: 'x', type: 'int', kind: 'value', shape: null, preview: '42', bytes: null, columns: null },
    ...given,
  };
}

describe('The variables of a session', () => {
  it('are read from what the kernel answers', () => {
    const orders = variable({
      ...{ name: 'orders', type: 'DataFrame', kind: 'frame', shape: '1 column', preview: '' },
      columns: [{ name: 'id', type: 'bigint' }],
    });
    deepEqual(readVariables({ variables: [orders], more: 3 }), { variables: [orders], more: 3 });
  });

  it('are refused where the answer is something else', () => {
    for (const answer of [undefined, {}, { variables: [{ name: 'x' }], more: 0 }, []])
      throws(() => readVariables(answer), { code: 'protocol' });
  });

  it('are told by type, shape and size; a plain value by itself', () => {
    equal(describeVariable(variable({})), 'int · 42');
    equal(describeVariable(variable({ type: 'list', shape: '2', preview: '[1, 2]' })), 'list · 2 · [1, 2]');
    equal(
      describeVariable(
        variable({ type: 'DataFrame', kind: 'pandas', shape: '100 × 4', preview: 'a  b', bytes: 3_400_000 }),
      ),
      'DataFrame · 100 × 4 · 3.4 MB',
    );
    equal(
      describeVariable(variable({ type: 'function', kind: 'function', preview: 'f(a)', bytes: 136 })),
      'function',
    );
  });

  it('stay on one line, whatever is in them', () => {
    const text = describeVariable(
      variable({ type: 'str', preview: `a\u001b[31mb${'c'.repeat(200)}\nsecond` }),
    );
    equal(text, `str · a\\x1b[31mb${'c'.repeat(80 - 'a\\x1b[31mb'.length - 1)}…`);
  });

  it('come with frames first, and by name', () => {
    const named = (name: string, kind: Variable['kind']): Variable => variable({ name, kind });
    const sorted = inOrder([
      named('os', 'module'),
      named('b', 'value'),
      named('f', 'function'),
      named('z', 'frame'),
      named('a', 'value'),
      named('y', 'pandas'),
    ]);
    deepEqual(
      sorted.map(({ name }) => name),
      ['y', 'z', 'a', 'b', 'f', 'os'],
    );
  });

  it('have columns that are told apart, also two of one name', () => {
    const id = { name: 'id', type: 'bigint' };
    const [a, b] = columnsOf(variable({ name: 'df', kind: 'frame', columns: [id, id] }));
    deepEqual([a?.name, b?.name], ['id', 'id']);
    equal(new Set([a?.id, b?.id]).size, 2);
    deepEqual(columnsOf(variable({ columns: [id] })), []);
    deepEqual(columnsOf(variable({ kind: 'frame' })), []);
  });

  it('tell menus which of them are frames, and which of those are of Spark', () => {
    equal(contextOf(variable({})), ';variable;');
    equal(contextOf(variable({ kind: 'pandas' })), ';variable;frame;');
    equal(contextOf(variable({ kind: 'frame' })), ';variable;frame;spark;');
  });
});
