import * as agent from './queries/agent/agent.ts';
import { agentWorlds, getAgent, findAgent, listAgents } from './queries/agent/read.ts';
import { markAgentsLost, markAgentsSeen } from './queries/agent/presence.ts';
import { warmingOfPeople } from './queries/agent/warming.ts';
import * as serving from './queries/agent/session.ts';
import { counters } from './queries/audit/counter.ts';
import { changeMark, listEvents, recordEvent } from './queries/audit/list.ts';
import { recordLook } from './queries/audit/measure.ts';
import { measurements } from './queries/audit/measurements.ts';
import { finishBuild } from './queries/build/finish.ts';
import { moveBuild } from './queries/build/move.ts';
import { getBuild, listBuilds, listRuns, liveBuild, liveBuilds } from './queries/build/read.ts';
import { addRun, consumeRun } from './queries/build/run.ts';
import { takeSlot } from './queries/build/slot.ts';
import { letGo, takeBuild } from './queries/build/take.ts';
import { deprecateTemplate, finishTemplateDelete, markTemplateDeleting } from './queries/catalog/delete.ts';
import { importVersion } from './queries/catalog/import.ts';
import { replaceEngine } from './queries/catalog/engine.ts';
import { promoteVersion } from './queries/catalog/promote.ts';
import * as catalog from './queries/catalog/read.ts';
import { touchClaim } from './queries/claim/line.ts';
import { moveClaim, recordClaim } from './queries/claim/move.ts';
import { openClaim } from './queries/claim/open.ts';
import { claimants, claimsSince, claimTimes, claimTries, getClaim, openClaims, triesOn } from './queries/claim/read.ts';
import { quarantineClaim, releaseClaim } from './queries/claim/release.ts';
import { reservePrebuild } from './queries/claim/reserve.ts';
import { purgeOld, countOld } from './queries/keep/purge.ts';
import * as keep from './queries/keep/read.ts';
import { oldVersions, retireVersion } from './queries/keep/versions.ts';
import * as groups from './queries/people/groups.ts';
import { createOrganization, listOrganizations } from './queries/people/organizations.ts';
import { ensurePerson, findPerson, getPerson, listPeople } from './queries/people/people.ts';
import { listNotifications, retryNotifications, settleNotification, takeNotification } from './queries/outbox/deliver.ts';
import { getPool, retryPool, setPoolBreaker } from './queries/pool/breaker.ts';
import { createPrebuild } from './queries/pool/create.ts';
import { drainPool, setPoolPaused } from './queries/pool/drain.ts';
import { poolSamples, recordPoolSizes } from './queries/pool/history.ts';
import { invalidatePrebuilds } from './queries/pool/invalidate.ts';
import { beginPass } from './queries/pool/pass.ts';
import { isPaused, setPaused } from './queries/pool/pause.ts';
import { hasQuotas } from './queries/quota/facts.ts';
import { dropStaleHolds, holdQuota } from './queries/quota/hold.ts';
import { quotaOf } from './queries/quota/read.ts';
import { snapshot } from './queries/pool/snapshot.ts';
import { createStockReader, type StockReader } from './queries/pool/stock.ts';
import { listSweeps, saveSweep } from './queries/sweep/sweep.ts';
import { cancelQueued } from './queries/workspace/cancel.ts';
import { createCold } from './queries/workspace/create-cold.ts';
import { expiringWorkspaces, extendWorkspace, warnExpiry } from './queries/workspace/expiry.ts';
import { holdPools, recordHealth } from './queries/workspace/health.ts';
import { regainSlot, setHeld } from './queries/workspace/hold.ts';
import { onceNamed } from './queries/workspace/once-named.ts';
import { createNamedReader, type NamedReader } from './queries/workspace/named.ts';
import { orphanWorkspace } from './queries/workspace/orphan.ts';
import { queueBuild } from './queries/workspace/queue.ts';
import { findWorkspace, getWorkspace, listWorkspaces, workspaceCounts } from './queries/workspace/read.ts';
import { markFailed, markReady } from './queries/workspace/readiness.ts';
import { beginRehearsal, endRehearsal, openRehearsals } from './queries/workspace/rehearsal.ts';
import { listSuspects, resolveSuspects } from './queries/workspace/suspects.ts';
import * as tokens from './queries/token/token.ts';
import type { GroupStore, QuotaStore } from './quota-store.ts';
import type { Session } from './session.ts';
import type {
  AgentStore,
  AuditStore,
  BuildStore,
  CatalogStore,
  ClaimStore,
  HookStore,
  KeepStore,
  PeopleStore,
  PoolStore,
  Store,
  SweepStore,
  WorkspaceStore,
} from './store.ts';
import type { TokenStore } from './token-store.ts';

/** The store over one open database of any dialect: only wiring, each query is a file of its own. */
export const composeStore = (session: Session): Store => ({
  ...people(session),
  ...groupsOf(session),
  ...quotas(session),
  ...catalogOf(session),
  ...pools(session),
  ...workspaces(session),
  ...builds(session),
  ...claims(session),
  ...agents(session),
  ...tokensOf(session),
  ...audit(session),
  ...hooks(session),
  ...sweeps(session),
  ...keeping(session),
  close: () => session.db.destroy(),
});

const people = (s: Session): PeopleStore => ({
  ensurePerson: (input) => ensurePerson(s, input),
  findPerson: (username) => findPerson(s.db, username),
  getPerson: (id) => getPerson(s.db, id),
  listPeople: () => listPeople(s.db),
});

const groupsOf = (s: Session): GroupStore => ({
  listOrganizations: () => listOrganizations(s.db),
  createOrganization: (name, actor) => createOrganization(s, name, actor),
  listGroups: (organizationId) => groups.listGroups(s.db, organizationId),
  createGroup: (input, actor) => groups.createGroup(s, input, actor),
  setAllowance: (id, quotaAllowance, actor) => groups.setAllowance(s, id, quotaAllowance, actor),
  changeMembers: (id, change, actor) => groups.changeMembers(s, id, change, actor),
  deleteGroup: (id, actor) => groups.deleteGroup(s, id, actor),
  groupNames: (personId, organizationId) => groups.groupNames(s.db, personId, organizationId),
});

const quotas = (s: Session): QuotaStore => ({
  hasQuotas: (organizationId) => hasQuotas(s.db, organizationId),
  holdQuota: (buildId, dailyCost) => holdQuota(s, buildId, dailyCost),
  quotaOf: (personId, organizationId) => quotaOf(s.db, personId, organizationId),
  dropStaleHolds: () => dropStaleHolds(s),
});

const catalogOf = (s: Session): CatalogStore => ({
  importVersion: (input, actor) => importVersion(s, input, actor),
  findTemplate: (name, organization) => catalog.findTemplate(s.db, name, organization),
  getTemplate: (id) => catalog.getTemplate(s.db, id),
  listTemplates: () => catalog.listTemplates(s.db),
  listVersions: (templateId) => catalog.listVersions(s.db, templateId),
  getVersion: (id) => catalog.getVersion(s.db, id),
  versionParameters: (versionId, presetName) => catalog.versionParameters(s.db, versionId, presetName),
  versionPresets: (versionId) => catalog.versionPresets(s.db, versionId),
  versionVariables: (versionId) => catalog.versionVariables(s.db, versionId),
  getPreset: (id) => catalog.getPreset(s.db, id),
  replaceEngine: (from, to) => replaceEngine(s, from, to),
  promoteVersion: (templateId, versionId, actor) => promoteVersion(s, templateId, versionId, actor),
  deprecateTemplate: (templateId, deprecated, actor) => deprecateTemplate(s, templateId, deprecated, actor),
  markTemplateDeleting: (templateId, actor) => markTemplateDeleting(s, templateId, actor),
  finishTemplateDelete: (templateId, actor) => finishTemplateDelete(s, templateId, actor),
});

const pools = (s: Session, readStock: StockReader = createStockReader()): PoolStore => ({
  getPool: (templateId, preset) => getPool(s.db, templateId, preset),
  snapshot: (policyOf) => snapshot(s, readStock, policyOf),
  isPaused: () => isPaused(s.db),
  setPaused: (paused, actor) => setPaused(s, paused, actor),
  setPoolPaused: (templateId, preset, paused, actor) => setPoolPaused(s, templateId, preset, paused, actor),
  drainPool: (templateId, preset, actor) => drainPool(s, templateId, preset, actor),
  invalidatePrebuilds: (ids, rolling, actor) => invalidatePrebuilds(s, ids, rolling, actor),
  beginPass: (time) => beginPass(s, time),
  retryPool: (templateId, preset, actor) => retryPool(s, templateId, preset, actor),
  setPoolBreaker: (templateId, preset, next, reason) => setPoolBreaker(s, templateId, preset, next, reason),
  createPrebuild: (input) => createPrebuild(s, input),
  counters: () => counters(s.db),
  recordPoolSizes: (sized) => recordPoolSizes(s, sized),
  poolSamples: (since) => poolSamples(s.db, since),
});

const workspaces = (s: Session, readNamed: NamedReader = createNamedReader()): WorkspaceStore => ({
  getWorkspace: (id) => getWorkspace(s.db, id),
  listWorkspaces: (filter) => listWorkspaces(s.db, filter),
  namedWorkspaces: (filter = {}) => readNamed(s.db, filter),
  workspaceCounts: () => workspaceCounts(s.db),
  findWorkspace: (ownerId, name) => findWorkspace(s.db, ownerId, name),
  onceNamed: (ownerId, name) => onceNamed(s.db, ownerId, name),
  createCold: (input) => createCold(s, input),
  queueBuild: (input) => queueBuild(s, input),
  orphanWorkspace: (id, addresses, actor) => orphanWorkspace(s, id, addresses, actor),
  cancelQueued: (id, reason, actor) => cancelQueued(s, id, reason, actor),
  markReady: (id, reason, status) => markReady(s, id, reason, status),
  markFailed: (id, error, errorClass, counts) => markFailed(s, id, error, errorClass, counts),
  recordHealth: (id, healthy) => recordHealth(s, id, healthy),
  holdPools: (pools, input) => holdPools(s, pools, input),
  beginRehearsal: (run, limit) => beginRehearsal(s, run, limit),
  endRehearsal: (runId, exitCode, verdict) => endRehearsal(s, runId, exitCode, verdict),
  openRehearsals: () => openRehearsals(s.db),
  expiringWorkspaces: (at) => expiringWorkspaces(s.db, at),
  warnExpiry: (id, expiresAt) => warnExpiry(s, id, expiresAt),
  extendWorkspace: (id, expiresAt, actor) => extendWorkspace(s, id, expiresAt, actor),
  setHeld: (id, held, actor, reason) => setHeld(s, id, held, actor, reason),
  regainSlot: (id) => regainSlot(s, id),
  listSuspects: (state, workspaceId) => listSuspects(s.db, state, workspaceId),
  resolveSuspects: (id, state, addresses) => resolveSuspects(s, id, state, addresses),
});

const builds = (s: Session): BuildStore => ({
  getBuild: (id) => getBuild(s.db, id),
  listBuilds: (workspaceId) => listBuilds(s.db, workspaceId),
  liveBuild: (workspaceId) => liveBuild(s.db, workspaceId),
  liveBuilds: () => liveBuilds(s.db),
  takeBuild: (id, expected, me) => takeBuild(s, id, expected, me),
  letGo: (id, me, reason) => letGo(s, id, me, reason),
  moveBuild: (id, from, to, patch) => moveBuild(s, id, from, to, patch),
  finishBuild: (id, outcome) => finishBuild(s, id, outcome),
  takeSlot: (id, lanes) => takeSlot(s, id, lanes),
  addRun: (run) => addRun(s, run),
  consumeRun: (id, exitCode) => consumeRun(s, id, exitCode),
  listRuns: (buildId) => listRuns(s.db, buildId),
});

const claims = (s: Session): ClaimStore => ({
  openClaim: (input) => openClaim(s, input),
  reservePrebuild: (input) => reservePrebuild(s, input),
  releaseClaim: (id, reason, options) => releaseClaim(s, id, reason, options),
  quarantineClaim: (id, failure) => quarantineClaim(s, id, failure),
  moveClaim: (id, from, to, patch) => moveClaim(s, id, from, to, patch),
  recordClaim: (id, patch) => recordClaim(s, id, patch),
  touchClaim: (id) => touchClaim(s, id),
  getClaim: (id) => getClaim(s.db, id),
  openClaims: () => openClaims(s.db),
  claimsSince: (at) => claimsSince(s.db, at),
  claimants: (filter) => claimants(s.db, filter),
  claimTimes: (since) => claimTimes(s.db, since),
  claimTries: (id) => claimTries(s.db, id),
  triesOn: (id) => triesOn(s.db, id),
});

const agents = (s: Session): AgentStore => ({
  findAgent: (tokenSha256) => findAgent(s.db, tokenSha256),
  getAgent: (key) => getAgent(s.db, key),
  listAgents: (workspaceId) => listAgents(s.db, workspaceId),
  changeAgent: (one, change, tokenSha256) => agent.changeAgent(s, one, change, tokenSha256),
  markAgentsSeen: (seen) => markAgentsSeen(s, seen),
  markAgentsLost: (lost) => markAgentsLost(s, lost),
  warmingOfPeople: () => warmingOfPeople(s.db),
  agentWorlds: () => agentWorlds(s.db),
  tellAgentConflict: (key, reason) => agent.tellAgentConflict(s, key, reason),
  openServerSession: (driver) => serving.openServerSession(s, driver),
  touchServerSession: (id) => serving.touchServerSession(s, id),
  closeServerSession: (id) => serving.closeServerSession(s, id),
  serverSessions: (since) => serving.serverSessions(s.db, since),
});

const tokensOf = (s: Session): TokenStore => ({
  createToken: (input, actor) => tokens.createToken(s, input, actor),
  listTokens: () => tokens.listTokens(s.db),
  revokeToken: (id, actor) => tokens.revokeToken(s, id, actor),
  findToken: (sha256) => tokens.findToken(s, sha256),
  hasToken: () => tokens.hasToken(s),
});

const audit = (s: Session): AuditStore => ({
  measurements: () => measurements(s),
  recordLook: (durationMs) => recordLook(s, durationMs),
  listEvents: (filter) => listEvents(s.db, filter),
  recordEvent: (event) => recordEvent(s, event),
  changeMark: () => changeMark(s.db),
});

const hooks = (s: Session): HookStore => ({
  takeNotification: (leaseMs, except) => takeNotification(s, leaseMs, except),
  settleNotification: (taken, outcome) => settleNotification(s, taken, outcome),
  listNotifications: () => listNotifications(s.db),
  retryNotifications: () => retryNotifications(s),
});

const sweeps = (s: Session): SweepStore => ({
  listSweeps: () => listSweeps(s.db),
  saveSweep: (result) => saveSweep(s, result),
});

const keeping = (s: Session): KeepStore => ({
  takeCleanUp: (everyMs) => keep.takeCleanUp(s, everyMs),
  oldVersions: (newest) => oldVersions(s.db, newest),
  retireVersion: (id, newest) => retireVersion(s, id, newest),
  countOld: (kind, before) => countOld(s.db, kind, before),
  purgeOld: (kind, before, limit) => purgeOld(s, kind, before, limit),
  buildsBeyond: (newest) => keep.buildsBeyond(s.db, newest),
  folderOwners: () => keep.folderOwners(s.db),
  forgottenRuns: () => keep.forgottenRuns(s.db),
  staleHolds: () => keep.staleHolds(s.db),
  integrityProblems: () => Promise.resolve(s.native.integrityProblems()),
  identity: () => keep.identity(s),
  workspaceMarks: () => keep.workspaceMarks(s.db),
  copyTo: (path) => s.native.copyTo(path),
});
