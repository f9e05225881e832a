/** One line of the audit trail (spec 5.10): who did what to which workspace, when and why. */
export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string | undefined;
  readonly template: string | undefined;
  readonly preset: string | undefined;
  readonly workspaceId: string | undefined;
  readonly workspaceName: string | undefined;
  /** Username of whoever has the workspace now; absent where nobody looked. */
  readonly owner?: string | undefined;
  readonly buildId: string | undefined;
  readonly claimId: string | undefined;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
}
