import type { Rule } from './rule.ts';
import { rule as claimDestroyCount } from './claim-destroy-count.ts';
import { rule as claimDisruptiveUpdate } from './claim-disruptive-update.ts';
import { rule as claimForeachKey } from './claim-foreach-key.ts';
import { rule as claimMultiAgentToken } from './claim-multi-agent-token.ts';
import { rule as claimPreventDestroy } from './claim-prevent-destroy.ts';
import { rule as claimReplace } from './claim-replace.ts';
import { rule as claimReplaceCascade } from './claim-replace-cascade.ts';
import { rule as claimReplaceData } from './claim-replace-data.ts';
import { rule as claimReplaceViaAgent } from './claim-replace-via-agent.ts';
import { rule as claimUnknownCount } from './claim-unknown-count.ts';
import { rule as driftReplace } from './drift-replace.ts';
import { rule as factsUnknownType } from './facts-unknown-type.ts';
import { rule as ignoreAll } from './ignore-all.ts';
import { rule as ignoreIneffective } from './ignore-ineffective.ts';
import { rule as ignoreUnused } from './ignore-unused.ts';
import { rule as moduleOpaque } from './module-opaque.ts';
import { rule as parameterReplace } from './parameter-replace.ts';
import { rule as parameterUnpinned } from './parameter-unpinned.ts';
import { rule as syntax } from './syntax.ts';

/** Every rule that looks at a template. */
export const CHECKS: readonly Rule[] = [
  claimDestroyCount,
  claimDisruptiveUpdate,
  claimForeachKey,
  claimMultiAgentToken,
  claimPreventDestroy,
  claimReplace,
  claimReplaceCascade,
  claimReplaceData,
  claimReplaceViaAgent,
  claimUnknownCount,
  driftReplace,
  factsUnknownType,
  ignoreAll,
  ignoreIneffective,
  ignoreUnused,
  moduleOpaque,
  parameterReplace,
  parameterUnpinned,
  syntax,
];
