// @ts-check
// The rules that hold the design (design.md sections 2 and 3). Every message names what to use instead.
import tseslint from 'typescript-eslint';

const CLOCK = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Use the injected Clock (kit/clock.ts).' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Use the injected Clock (kit/clock.ts).' },
  {
    selector: "MemberExpression[object.name='performance'][property.name='now']",
    message: 'Use Clock.monotonic (kit/clock.ts).',
  },
];
const EXIT = [
  {
    selector: "MemberExpression[object.name='process'][property.name=/^(exit|exitCode)$/]",
    message: 'Throw an error of kit/errors.ts; src/cli/main.ts alone ends the process.',
  },
];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Use Clock.sleep (kit/clock.ts), which tests replace.',
}));
const SIZE = {
  'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  // `modified` counts a switch once: exhaustive switches are the style here, and their length is not their difficulty.
  complexity: ['error', { max: 12, variant: 'modified' }],
};

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'node_modules/**', 'fixtures/**'] },
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      ...SIZE,
      'no-restricted-syntax': ['error', ...CLOCK, ...EXIT, { selector: 'ExportDefaultDeclaration', message: 'Export by name.' }],
      'no-restricted-globals': ['error', ...TIMERS],
    },
  },
  {
    files: ['src/kit/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...EXIT], 'no-restricted-globals': 'off' },
  },
  {
    // The one place of the page that reads the clock: a browser has no kit.
    files: ['src/web/clock.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-restricted-globals': 'off' },
  },
  {
    files: ['src/cli/main.ts'],
    rules: { 'no-restricted-syntax': ['error', ...CLOCK], 'no-console': 'off' },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'The domain is pure: give it facts, let the caller read them.' }] },
      ],
    },
  },
  {
    // A test may be long, and may say `!` where it has just asserted the value.
    files: ['test/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    extends: [tseslint.configs.base],
    rules: {
      eqeqeq: 'error',
      'no-undef': 'off',
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
    },
  },
);
