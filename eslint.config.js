import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// Imports go one way (see CONTRIBUTING.md, "The house"): a folder may import those listed, and itself.
const mayImport = {
  base: [],
  stack: ['base'],
  lake: ['base', 'stack'],
  spark: ['base', 'stack', 'lake'],
  session: ['base', 'stack', 'lake', 'spark'],
  pipeline: ['base', 'stack', 'lake', 'spark'],
  chart: ['base', 'stack', 'lake'],
};
const floors = [
  'base',
  'stack',
  'lake',
  'spark',
  'session',
  'pipeline',
  'chart',
  'cli',
  'vscode',
  'workbench.ts',
];

const forbid = (patterns) => ({
  'no-restricted-imports': ['error', { patterns }],
});
const noVscode = { group: ['vscode'], message: 'Only src/vscode may import vscode.' };
const direction = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: forbid([
    noVscode,
    {
      group: floors
        .filter((f) => f !== folder && !allowed.includes(f))
        .flatMap((f) => [`**/../${f}`, `**/../${f}/**`]),
      message: `src/${folder} may import only: ${allowed.join(', ') || 'nothing'}.`,
    },
  ]),
}));

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'node_modules/', '.medallion/', 'test/fixtures/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allow: [{ name: 'URL', from: 'lib' }] },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['src/cli/**/*.ts', 'src/workbench.ts', 'stack/**/*.ts'],
    rules: forbid([
      noVscode,
      { group: ['**/vscode/**'], message: 'The command line is built without vscode.' },
    ]),
  },
  ...direction,
);
