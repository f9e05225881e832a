import type { PolicyOf } from '../domain/policy.ts';
import type { WorkspaceDeps } from '../workspace/deps.ts';

export interface ClaimDeps extends WorkspaceDeps {
  readonly policyOf: PolicyOf;
  readonly accessUrl: string;
}
