/** Agents that a server missed for too long (SM R11, W23). Text is frozen: later changes are new migrations, never edits here. */
export const agentLife: string = `
alter table agent add column lost_at integer;
`;
