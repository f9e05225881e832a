import type { QuotaVerdict } from '../domain/quota.ts';
import type { Group, Organization, Person } from '../domain/types.ts';
import type { Actor } from './actor.ts';

/** What one person may cost and does cost a day in one organisation (spec 5.9). */
export interface QuotaUse {
  /** undefined = the organisation has no quotas. */
  readonly budget: number | undefined;
  /** `held` is what a running build adds to what is charged. */
  readonly workspaces: readonly {
    readonly workspaceId: string;
    readonly name: string;
    readonly charged: number;
    readonly held: number;
  }[];
}

/** Organisations, groups and their members. SQL calls a group a team, because `group` is reserved. */
export interface GroupStore {
  listOrganizations(): Promise<readonly Organization[]>;
  /** With its group `Everyone`. ConflictError organization_exists. */
  createOrganization(name: string, actor: Actor): Promise<Organization>;
  /** Of one organisation or of all; `Everyone` first, then by name. */
  listGroups(organizationId?: string): Promise<readonly Group[]>;
  /** ConflictError group_exists. */
  createGroup(input: { organizationId: string; name: string; quotaAllowance: number }, actor: Actor): Promise<Group>;
  setAllowance(groupId: string, quotaAllowance: number, actor: Actor): Promise<void>;
  /** Adds and removes; what is so already is no change. Never of `Everyone`. */
  changeMembers(groupId: string, change: { add: readonly Person[]; remove: readonly Person[] }, actor: Actor): Promise<void>;
  /** Never `Everyone`. */
  deleteGroup(groupId: string, actor: Actor): Promise<void>;
  /** Names of the groups that a person was added to in an organisation, without `Everyone`. */
  groupNames(personId: string, organizationId: string): Promise<readonly string[]>;
}

/** Costs against allowances (SM section 5 "Quota"): held before an apply, charged after it. */
export interface QuotaStore {
  /** Whether any group of the organisation gives an allowance: only then a plan has to be asked for its cost. */
  hasQuotas(organizationId: string): Promise<boolean>;
  /** Checks and holds what a live build will cost its beneficiary, in one tx; undefined = the build is not live any more. */
  holdQuota(buildId: string, dailyCost: number): Promise<QuotaVerdict | undefined>;
  quotaOf(personId: string, organizationId: string): Promise<QuotaUse>;
  /** Removes holds without a live build; how many. */
  dropStaleHolds(): Promise<number>;
}
