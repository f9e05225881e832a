import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT } from '../../support/cli.ts';

const must = (file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string => {
  const done = spawnSync(file, [...args], { cwd, env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${file} ${args.join(' ')} exited ${String(done.status)}\n${done.stderr}`);
  return done.stdout;
};

it('works as a globally installed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-package-'));
  try {
    must('npm', ['pack', '--pack-destination', folder], PROJECT);
    const [tarball = ''] = readdirSync(folder);
    must('npm', ['install', '--global', '--prefix', join(folder, 'prefix'), join(folder, tarball)], folder);
    const prebuilds = join(folder, 'prefix', 'bin', 'prebuilds');
    const env = { ...process.env, PREBUILDS_HOME: join(folder, 'home'), PREBUILDS_OWNER: 'anna', NO_COLOR: '1' };
    // The agent of this template does not run.
    mkdirSync(env.PREBUILDS_HOME, { mode: 0o700 });
    writeFileSync(join(env.PREBUILDS_HOME, 'config.yaml'), 'agent_listen: off\n', { mode: 0o600 });
    expect(must(prebuilds, ['--version'], folder, env)).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(must(prebuilds, ['lint', join(PROJECT, 'fixtures', 'templates', 'docker')], folder, env)).toContain('1 template');
    expect(must(prebuilds, ['lint', '--explain', 'claim/replace'], folder, env)).toContain('# claim/replace');
    must(prebuilds, ['template', 'push', join(PROJECT, 'fixtures', 'templates', 'minimal'), '--var', 'instances=1'], folder, env);
    must(prebuilds, ['reconcile'], folder, env);
    const claim = JSON.parse(must(prebuilds, ['claim', 'minimal', '--name', 'dev', '--json'], folder, env)) as object;
    expect(claim).toMatchObject({ servedAs: 'warm' });
    must(prebuilds, ['delete', 'dev', '--force'], folder, env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
