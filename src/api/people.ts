import type { Group, Organization, Person, Workspace } from '../domain/types.ts';

/** What one person may cost and does cost a day in one organisation, in units of `coder_metadata.daily_cost` (spec 5.9). */
export interface QuotaView {
  readonly user: string;
  readonly organization: string;
  /** `Everyone` and the groups the person was added to. */
  readonly groups: readonly string[];
  /** undefined = no group of the organisation gives an allowance, so there are no quotas. */
  readonly budget: number | undefined;
  readonly consumed: number;
  /** What running builds are about to add. */
  readonly held: number;
  readonly workspaces: readonly { readonly name: string; readonly charged: number; readonly held: number }[];
}

export interface UserDetail {
  readonly person: Person;
  /** One per organisation, or only the one asked for. */
  readonly quotas: readonly QuotaView[];
  readonly workspaces: readonly Workspace[];
}

/** Groups, users, quotas and organisations. Names are as typed; UserError or ConflictError (exit 2, 5) for what cannot be. */
export interface PeopleApi {
  groups(): Promise<readonly Group[]>;
  group(name: string): Promise<Group>;
  createGroup(name: string, quotaAllowance: number): Promise<Group>;
  editGroup(name: string, quotaAllowance: number): Promise<Group>;
  changeMembers(name: string, change: { add?: readonly string[]; remove?: readonly string[] }): Promise<Group>;
  deleteGroup(name: string): Promise<void>;
  users(): Promise<readonly { person: Person; groups: readonly string[] }[]>;
  user(name: string): Promise<UserDetail>;
  createUser(input: { username: string; fullName?: string | undefined; email?: string | undefined }): Promise<Person>;
  /** Of the caller when no user is named. */
  quota(user?: string): Promise<QuotaView>;
  organizations(): Promise<readonly { organization: Organization; templates: number; groups: number }[]>;
  createOrganization(name: string): Promise<Organization>;
}
