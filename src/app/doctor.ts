import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { isServedAgent } from '../domain/agent-kind.ts';
import { discoverEngine } from '../engine/discover.ts';
import { AppError, messageOf } from '../kit/errors.ts';
import { bootId } from '../kit/process.ts';
import { isAbandonedClaim } from '../claim/repair.ts';
import { isAbandoned } from '../workspace/repair.ts';
import type { DoctorFinding } from '../api/app.ts';
import type { Context } from './context.ts';
import { checkAgents } from './doctor-agents.ts';
import { checkConfiguration } from './doctor-config.ts';
import { checkHooks } from './hooks.ts';
import { openSuspects } from './suspects.ts';
import { checkSweeps } from './sweep-words.ts';
import { keepingFindings } from './doctor-keeping.ts';

const MIN_FREE_BYTES = 200 * 1024 * 1024;
const MANY_ATTEMPTS = 3;

type Check = (context: Context) => Promise<readonly DoctorFinding[]>;

const ok = (topic: string, message: string): DoctorFinding => ({ level: 'ok', topic, message, remedy: undefined });

/** Every check of `doctor`, with `repair` the repairs too; one that cannot be made is a finding itself (spec 3). */
export async function examine(context: Context, repair: boolean): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  const checkKeeping: Check = () => keepingFindings(context, repair);
  for (const check of [
    checkEngine,
    checkHome,
    checkConfiguration,
    checkTemplates,
    checkLeftovers,
    checkSuspects,
    checkAgents,
    checkHooks,
    checkSweeps,
    checkKeeping,
  ]) {
    try {
      findings.push(...(await check(context)));
    } catch (error) {
      const remedy = error instanceof AppError ? error.hint : undefined;
      findings.push({
        level: 'problem',
        topic: check.name.replace('check', '').toLowerCase(),
        message: messageOf(error),
        remedy,
      });
    }
  }
  return findings;
}

const checkEngine: Check = async ({ config, env }) => {
  const engine = await discoverEngine({ configured: config.engine, env });
  return [ok('engine', `${engine.kind} ${engine.version} at ${engine.path}`)];
};

const checkHome: Check = async ({ config }) => {
  const mode = statSync(config.home).mode & 0o777;
  const disk = await statfs(config.home);
  const free = disk.bavail * disk.bsize;
  const megabytes = `${String(Math.round(free / 1024 / 1024))} MB free`;
  return [
    ok('home', `${config.home}, mode ${mode.toString(8)}`),
    free < MIN_FREE_BYTES
      ? {
          level: 'problem',
          topic: 'disk',
          message: megabytes,
          remedy: 'free space before any build: an engine loses state on a full disk',
        }
      : ok('disk', megabytes),
    ...(bootId() === 'unknown'
      ? [
          {
            level: 'warning',
            topic: 'system',
            message: 'this system has no /proc',
            remedy: 'crash repair works on Linux only',
          } as const,
        ]
      : []),
  ];
};

/** Versions need the engine and the variables that were there when they were pushed (spec 3, SM R9). */
const checkTemplates: Check = async ({ store, env }) => {
  const findings: DoctorFinding[] = [];
  for (const template of await store.listTemplates()) {
    if (template.activeVersionId === undefined) continue;
    const version = await store.getVersion(template.activeVersionId);
    const topic = `template ${template.name}`;
    const missing = version.facts.credentialNames.filter((name) => env[name] === undefined);
    if (!existsSync(version.enginePath)) {
      const remedy = 'install it again at that path, or push the template with the engine you have';
      findings.push({ level: 'problem', topic, message: `its engine ${version.enginePath} is gone`, remedy });
    } else if (missing.length > 0) {
      const remedy = 'set them for this command, or in env_file of the configuration';
      findings.push({ level: 'warning', topic, message: `present at push, not now: ${missing.join(', ')}`, remedy });
    } else findings.push(ok(topic, `version ${String(version.number)}, ${version.engineKind} ${version.engineVersion}`));
    // Agents of other kinds are a matter of checkAgents.
    const others = version.facts.agents.filter((agent) => !isServedAgent(agent)).map(({ address }) => `${address}: `);
    for (const feature of version.facts.notServed.filter((one) => !others.some((other) => one.startsWith(other)))) {
      findings.push({ level: 'warning', topic, message: `not served: ${feature}`, remedy: undefined });
    }
  }
  return findings;
};

const checkLeftovers: Check = async ({ store }) => {
  const builds = (await store.liveBuilds()).filter((build) => build.state !== 'queued' && isAbandoned(build));
  const claims = (await store.openClaims()).filter(isAbandonedClaim);
  const stuck = (await store.listWorkspaces({ status: 'deleting' })).filter((one) => one.attempts >= MANY_ATTEMPTS);
  const count = builds.length + claims.length;
  return [
    count === 0
      ? ok('leftovers', 'no build or claim was left by a killed process')
      : {
          level: 'warning',
          topic: 'leftovers',
          message: `${String(count)} left by a killed process`,
          remedy: 'run `prebuilds reconcile`',
        },
    ...stuck.map((one): DoctorFinding => {
      const message = `${one.ownerName}/${one.name} could not be destroyed ${String(one.attempts)} times: ${one.lastError ?? 'unknown'}`;
      return { level: 'problem', topic: 'delete', message, remedy: `see \`prebuilds logs ${one.ownerName}/${one.name}\`` };
    }),
  ];
};

const checkSuspects: Check = async (context) => {
  const suspects = await openSuspects(context);
  if (suspects.length === 0) return [ok('suspects', 'nothing may exist outside the states')];
  return suspects.map(({ address, workspace, remedy }) => {
    const message = `${address} of ${workspace} may exist although no state knows it`;
    return { level: 'problem', topic: 'suspects', message, remedy };
  });
};
