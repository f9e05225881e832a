// The import table of ARCHITECTURE.md as rules, one per row. Type-only imports follow the same table.
// "Interface" means the one file that describes a room to others: src/store/store.ts and src/engine/engine.ts.
const STORE = 'src/store/store\\.ts$';
const ENGINE = 'src/engine/engine\\.ts$';
const room = (name) => `src/${name}/`;

/** Files of `name` may import their own room and what is listed; everything else under src/ is forbidden. */
function row(name, sentence, ...allowed) {
  const paths = [room(name), ...allowed].map((path) => `^${path}`);
  return {
    name: `${name}-imports`,
    comment: `${name}/ ${sentence}`,
    severity: 'error',
    from: { path: `^${room(name)}` },
    to: { path: '^src/', pathNot: paths },
  };
}

/** Files of `name` may not import packages or node builtins matching `to`. */
const never = (name, what, to) => ({
  name: `${name}-never-${what}`,
  comment: `${name}/ never imports ${what}`,
  severity: 'error',
  from: { path: `^${room(name)}` },
  to,
});

const PACKAGES = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

module.exports = {
  forbidden: [
    row('kit', 'knows no domain words'),
    row('domain', 'is pure', 'src/kit/errors\\.ts$'),
    row('template', 'reads text and plan JSON', room('kit'), room('domain')),
    row('catalog', 'takes a folder to an active version', room('kit'), room('domain'), room('template'), STORE, ENGINE),
    row('lint', 'turns models into findings', room('kit'), room('domain'), room('template')),
    row('store', 'remembers', room('kit'), room('domain')),
    row('engine', 'makes one engine invocation honest', room('kit'), room('domain')),
    row('workspace', 'moves one workspace through its life', room('kit'), room('domain'), STORE, ENGINE),
    row('claim', 'hands one prebuild to one person', room('kit'), room('domain'), STORE, room('workspace')),
    row('keep', 'keeps a home in order', room('kit'), room('domain'), STORE, room('workspace')),
    row('pool', 'decides and executes', room('kit'), room('domain'), STORE, room('workspace'), room('claim')),
    row('hooks', 'brings notifications to their receivers', room('kit'), room('domain'), STORE),
    row('sweep', 'holds what really exists against the states', room('kit'), room('domain'), STORE),
    row(
      'server',
      'has thin routes',
      room('kit'),
      room('domain'),
      STORE,
      room('claim'),
      room('workspace'),
      room('pool'),
      room('api'),
      room('metrics'),
    ),
    row(
      'api',
      'says what a front end may ask',
      room('kit'),
      room('domain'),
      STORE,
      room('keep'),
      room('metrics'),
      room('workspace'),
    ),
    row('metrics', 'turns facts into Prometheus text', room('kit'), room('domain')),
    row('web', 'shows the answers of the API in a browser', room('api'), room('domain'), 'src/kit/duration\\.ts$'),
    {
      name: 'web-types-only',
      comment: 'web/ runs in a browser: of the application it knows the words, and the table of routes',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/(domain|api)/', pathNot: '^src/api/(paths|rows)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'app-imports',
      comment: 'app/ wires everything, and does not know its front ends',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { path: '^src/cli/' },
    },
    row(
      'cli',
      'turns people into calls and results into text',
      room('api'),
      room('app'),
      room('lint'),
      room('template'),
      room('domain'),
      room('kit'),
    ),
    {
      name: 'cli-domain-types-only',
      comment: 'cli/ knows the words of the domain as types; deciding is not its work',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/domain/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'cli-wires-lazily',
      comment: 'help, completion and --version do not load the application: import it with import() or as a type',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/app/create-app\\.ts$', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    never('kit', 'packages', { dependencyTypes: PACKAGES }),
    never('domain', 'packages', { dependencyTypes: PACKAGES }),
    never('domain', 'node-builtins', { dependencyTypes: ['core'] }),
    never('web', 'node-builtins', { dependencyTypes: ['core'] }),
    never('metrics', 'packages', { dependencyTypes: PACKAGES }),
    never('metrics', 'node-builtins', { dependencyTypes: ['core'] }),
    never('template', 'child-processes', { path: '^(node:)?child_process$|^execa$|node_modules/execa' }),
    never('lint', 'the-file-system', { path: '^(node:)?fs(/promises)?$' }),
    { name: 'no-circular', comment: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'every file is used by another one',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['\\.d\\.ts$', '^src/cli/main\\.ts$', '^src/web/main\\.tsx$'] },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'every import resolves',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
