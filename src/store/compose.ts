import { counters } from './queries/audit/counter.ts';
import { listEvents, recordEvent } from './queries/audit/list.ts';
import { finishBuild } from './queries/build/finish.ts';
import { moveBuild } from './queries/build/move.ts';
import { getBuild, listBuilds, listRuns, liveBuild, liveBuilds } from './queries/build/read.ts';
import { addRun, consumeRun } from './queries/build/run.ts';
import { takeBuild, takeSlot } from './queries/build/take.ts';
import { deprecateTemplate, finishTemplateDelete, markTemplateDeleting } from './queries/catalog/delete.ts';
import { importVersion } from './queries/catalog/import.ts';
import { promoteVersion } from './queries/catalog/promote.ts';
import * as catalog from './queries/catalog/read.ts';
import { moveClaim, recordClaim } from './queries/claim/move.ts';
import { openClaim } from './queries/claim/open.ts';
import { claimsSince, claimTries, getClaim, openClaims } from './queries/claim/read.ts';
import { quarantineClaim, releaseClaim } from './queries/claim/release.ts';
import { reservePrebuild } from './queries/claim/reserve.ts';
import { ensurePerson, findPerson, getPerson } from './queries/people/people.ts';
import { getPool, retryPool, setPoolBreaker } from './queries/pool/breaker.ts';
import { createPrebuild } from './queries/pool/create.ts';
import { isPaused, setPaused } from './queries/pool/pause.ts';
import { snapshot } from './queries/pool/snapshot.ts';
import { cancelQueued } from './queries/workspace/cancel.ts';
import { createCold } from './queries/workspace/create-cold.ts';
import { setHeld } from './queries/workspace/hold.ts';
import { queueBuild } from './queries/workspace/queue.ts';
import { findWorkspace, getWorkspace, listWorkspaces } from './queries/workspace/read.ts';
import { markFailed, markReady, setHealth } from './queries/workspace/readiness.ts';
import { listSuspects, resolveSuspects } from './queries/workspace/suspects.ts';
import type { Session } from './session.ts';
import type { AuditStore, BuildStore, CatalogStore, ClaimStore, PeopleStore, PoolStore, Store, WorkspaceStore } from './store.ts';

/** The store over one open database of any dialect: only wiring, each query is a file of its own. */
export const composeStore = (session: Session): Store => ({
  ...people(session),
  ...catalogOf(session),
  ...pools(session),
  ...workspaces(session),
  ...builds(session),
  ...claims(session),
  ...audit(session),
  close: () => session.db.destroy(),
});

const people = (s: Session): PeopleStore => ({
  ensurePerson: (input) => ensurePerson(s, input),
  findPerson: (username) => findPerson(s.db, username),
  getPerson: (id) => getPerson(s.db, id),
});

const catalogOf = (s: Session): CatalogStore => ({
  importVersion: (input, actor) => importVersion(s, input, actor),
  findTemplate: (name) => catalog.findTemplate(s.db, name),
  getTemplate: (id) => catalog.getTemplate(s.db, id),
  listTemplates: () => catalog.listTemplates(s.db),
  listVersions: (templateId) => catalog.listVersions(s.db, templateId),
  getVersion: (id) => catalog.getVersion(s.db, id),
  versionParameters: (versionId) => catalog.versionParameters(s.db, versionId),
  versionPresets: (versionId) => catalog.versionPresets(s.db, versionId),
  versionVariables: (versionId) => catalog.versionVariables(s.db, versionId),
  getPreset: (id) => catalog.getPreset(s.db, id),
  promoteVersion: (templateId, versionId, actor) => promoteVersion(s, templateId, versionId, actor),
  deprecateTemplate: (templateId, deprecated, actor) => deprecateTemplate(s, templateId, deprecated, actor),
  markTemplateDeleting: (templateId, actor) => markTemplateDeleting(s, templateId, actor),
  finishTemplateDelete: (templateId, actor) => finishTemplateDelete(s, templateId, actor),
});

const pools = (s: Session): PoolStore => ({
  getPool: (templateId, preset) => getPool(s.db, templateId, preset),
  snapshot: (policyOf) => snapshot(s, policyOf),
  isPaused: () => isPaused(s.db),
  setPaused: (paused, actor) => setPaused(s, paused, actor),
  retryPool: (templateId, preset, actor) => retryPool(s, templateId, preset, actor),
  setPoolBreaker: (templateId, preset, next, reason) => setPoolBreaker(s, templateId, preset, next, reason),
  createPrebuild: (input) => createPrebuild(s, input),
  counters: () => counters(s.db),
});

const workspaces = (s: Session): WorkspaceStore => ({
  getWorkspace: (id) => getWorkspace(s.db, id),
  listWorkspaces: (filter) => listWorkspaces(s.db, filter),
  findWorkspace: (ownerId, name) => findWorkspace(s.db, ownerId, name),
  createCold: (input) => createCold(s, input),
  queueBuild: (input) => queueBuild(s, input),
  cancelQueued: (id, reason, actor) => cancelQueued(s, id, reason, actor),
  markReady: (id, reason) => markReady(s, id, reason),
  markFailed: (id, error, errorClass, counts) => markFailed(s, id, error, errorClass, counts),
  setHealth: (id, at) => setHealth(s, id, at),
  setHeld: (id, held, actor) => setHeld(s, id, held, actor),
  listSuspects: (state) => listSuspects(s.db, state),
  resolveSuspects: (id, state) => resolveSuspects(s, id, state),
});

const builds = (s: Session): BuildStore => ({
  getBuild: (id) => getBuild(s.db, id),
  listBuilds: (workspaceId) => listBuilds(s.db, workspaceId),
  liveBuild: (workspaceId) => liveBuild(s.db, workspaceId),
  liveBuilds: () => liveBuilds(s.db),
  takeBuild: (id, expected, me) => takeBuild(s, id, expected, me),
  moveBuild: (id, from, to, patch) => moveBuild(s, id, from, to, patch),
  finishBuild: (id, outcome) => finishBuild(s, id, outcome),
  takeSlot: (id, limit) => takeSlot(s, id, limit),
  addRun: (run) => addRun(s, run),
  consumeRun: (id, exitCode) => consumeRun(s, id, exitCode),
  listRuns: (buildId) => listRuns(s.db, buildId),
});

const claims = (s: Session): ClaimStore => ({
  openClaim: (input) => openClaim(s, input),
  reservePrebuild: (input) => reservePrebuild(s, input),
  releaseClaim: (id, reason, options) => releaseClaim(s, id, reason, options),
  quarantineClaim: (id, error) => quarantineClaim(s, id, error),
  moveClaim: (id, from, to, patch) => moveClaim(s, id, from, to, patch),
  recordClaim: (id, patch) => recordClaim(s, id, patch),
  getClaim: (id) => getClaim(s.db, id),
  openClaims: () => openClaims(s.db),
  claimsSince: (at) => claimsSince(s.db, at),
  claimTries: (id) => claimTries(s.db, id),
});

const audit = (s: Session): AuditStore => ({
  listEvents: (filter) => listEvents(s.db, filter),
  recordEvent: (event) => recordEvent(s, event),
});
