import { hookPayload, type HookName } from '../domain/hooks.ts';
import { SYSTEM_USER, type PlannedChange } from '../domain/types.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

interface Sample {
  readonly kind: string;
  readonly owner?: string;
  readonly servedAs?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const REBUILT: PlannedChange = {
  address: 'docker_container.workspace[0]',
  type: 'docker_container',
  action: 'replace',
  reason: 'cannot_update',
  paths: ['env'],
};

/** What an event of each hook looks like, for `hooks test`. */
const SAMPLES: Readonly<Record<HookName, Sample>> = {
  on_ready: { kind: 'prebuild.ready', owner: SYSTEM_USER.username },
  on_claim: { kind: 'claim.served', owner: 'anna', servedAs: 'warm', data: { rebuilt: [] } },
  on_release: { kind: 'workspace.deleted', owner: 'anna' },
  on_replace: { kind: 'claim.served', owner: 'anna', servedAs: 'warm', data: { rebuilt: [REBUILT] } },
  on_limit: { kind: 'pool.limited', data: { breaker: 'open', failures: 3 } },
  on_expiring: { kind: 'workspace.expiring', owner: 'anna' },
};

/** A payload that is marked as a test and belongs to nothing real. */
export function samplePayload(input: {
  readonly id: string;
  readonly hook: HookName;
  readonly template: string;
  readonly now: number;
}): string {
  const { id, hook, template, now } = input;
  const { kind, owner, servedAs, data = {} } = SAMPLES[hook];
  return hookPayload({
    id,
    hook,
    test: true,
    owner,
    servedAs,
    event: {
      seq: 0,
      at: now,
      kind,
      actor: undefined,
      template,
      preset: 'Standard',
      workspaceId: owner === undefined ? undefined : NOBODY,
      workspaceName: owner === undefined ? undefined : 'example',
      claimId: servedAs === undefined ? undefined : NOBODY,
      reason: 'a test: nothing happened',
      data,
    },
  });
}
