import type { Answer, PoolHistory, PoolStatus, TemplateApi, WorkspaceDetail, WorkspaceHistory } from '../api/app.ts';
import type { EventRow } from '../domain/types.ts';
import type { WorkspaceRows, RowsInput } from '../api/rows.ts';
import { ask } from './client.ts';
import type { Me } from './hooks.ts';

type Answered<M extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<M>>;
export type TemplateRow = Answered<TemplateApi['list']>[number];
export type TemplateDetail = Answered<TemplateApi['show']>;

/** The questions of the page; each answers as the method of the same name does (api/app.ts). */
export const api = {
  me: (signal?: AbortSignal) => ask<Me>('me', {}, signal),
  pools: (signal?: AbortSignal) => ask<readonly PoolStatus[]>('pools.status', {}, signal),
  paused: (signal?: AbortSignal) => ask<boolean>('pools.paused', {}, signal),
  history: (hours: number, signal?: AbortSignal) => ask<PoolHistory>('pools.history', { hours }, signal),
  why: (name: string | undefined, signal?: AbortSignal) => ask<readonly Answer[]>('why', { name }, signal),
  pause: (paused: boolean, pool?: string) => ask<unknown>('pools.pause', { paused, pool }),
  retry: (pool: string) => ask<unknown>('pools.retry', { pool }),
  templates: (signal?: AbortSignal) => ask<readonly TemplateRow[]>('templates.list', {}, signal),
  template: (name: string, signal?: AbortSignal) => ask<TemplateDetail>('templates.show', { name }, signal),
  rows: (input: RowsInput, signal?: AbortSignal) => ask<WorkspaceRows>('workspaces.rows', { ...input }, signal),
  workspace: (owner: string, name: string, signal?: AbortSignal) =>
    ask<WorkspaceDetail>('workspaces.show', { owner, name }, signal),
  workspaceHistory: (owner: string, name: string, signal?: AbortSignal) =>
    ask<WorkspaceHistory>('workspaces.history', { owner, name }, signal),
  extend: (owner: string, name: string, ms: number) => ask<unknown>('workspaces.extend', { owner, name, ms }),
  hold: (owner: string, name: string, held: boolean) => ask<unknown>('workspaces.hold', { owner, name, held }),
  events: (sinceAt: number, signal?: AbortSignal) => ask<readonly EventRow[]>('events.list', { sinceAt, limit: 10_000 }, signal),
};
