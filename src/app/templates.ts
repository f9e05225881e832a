import { nextChange, desiredAt } from '../domain/schedule.ts';
import type { PoolSnapshot } from '../domain/snapshot.ts';
import { isPrebuild, type Template } from '../domain/types.ts';
import { ConflictError, UserError } from '../kit/errors.ts';
import type { WorkspaceCount } from '../store/store.ts';
import { reconcile } from '../pool/reconcile.ts';
import { isAbandoned } from '../workspace/repair.ts';
import type { PresetView, RunOptions, TemplateApi } from '../api/app.ts';
import { withAgents } from './agent-host.ts';
import { actorOf, type Context } from './context.ts';
import { destroyNow } from './destroy.ts';
import { findTemplate } from './names.ts';
import { driveOptions } from './drive-options.ts';
import { ofOrganization } from './organization.ts';

/** The template author's side. */
export function createTemplateApi(context: Context): TemplateApi {
  const { store } = context;
  return {
    // The parser and the evaluation are for pushes alone; a claim must not load them.
    push: async (input) => (await import('./push.ts')).pushByWords(context, input),
    list: async () => {
      const counts = await store.workspaceCounts();
      return Promise.all(
        (await templatesOf(context)).map(async (template) => {
          const mine = counts.filter(({ templateId }) => templateId === template.id);
          const active = template.activeVersionId === undefined ? undefined : await store.getVersion(template.activeVersionId);
          return { template, active, workspaces: sum(mine), prebuilds: sum(mine.filter(({ prebuilds }) => prebuilds)) };
        }),
      );
    },
    versions: async (name) => store.listVersions((await findTemplate(store, name)).id),
    show: async (name) => {
      const template = await findTemplate(store, name);
      const version = await shownVersion(context, template);
      const [parameters, presets] = await Promise.all([store.versionParameters(version.id), store.versionPresets(version.id)]);
      return { template, version, parameters, presets };
    },
    promote: async (name, number) => {
      const template = await findTemplate(store, name);
      const versions = await store.listVersions(template.id);
      const version = versions.find((one) => one.number === number);
      if (version === undefined || version.state === 'gone') {
        const known = versions.map((one) => String(one.number)).join(', ');
        throw new UserError('unknown_version', `template ${name} has no version ${String(number)}`, { hint: `known: ${known}` });
      }
      await store.promoteVersion(template.id, version.id, await actorOf(context));
      return store.getVersion(version.id);
    },
    deprecate: async (name, deprecated) => {
      await store.deprecateTemplate((await findTemplate(store, name)).id, deprecated, await actorOf(context));
    },
    delete: (name, options) => deleteTemplate(context, name, options),
    presets: (name) => presetViews(context, name),
  };
}

/** Of the organisation asked for, else all. */
async function templatesOf(context: Context): Promise<readonly Template[]> {
  return (await context.store.listTemplates()).filter(await ofOrganization(context));
}

async function shownVersion(context: Context, template: { id: string; name: string; activeVersionId: string | undefined }) {
  const id = template.activeVersionId ?? (await context.store.listVersions(template.id)).at(-1)?.id;
  if (id === undefined) throw new UserError('no_version', `template ${template.name} has no version`, { hint: 'push one' });
  return context.store.getVersion(id);
}

async function presetViews(context: Context, name: string | undefined): Promise<readonly PresetView[]> {
  const { store, clock } = context;
  const only = name === undefined ? undefined : await findTemplate(store, name);
  const now = clock.now();
  const counts = (await store.workspaceCounts()).filter(({ phase, prebuilds }) => prebuilds && phase === 'ready');
  const views: PresetView[] = [];
  for (const template of await templatesOf(context)) {
    if (template.activeVersionId === undefined || (only !== undefined && template.id !== only.id)) continue;
    for (const preset of await store.versionPresets(template.activeVersionId)) {
      const ready = sum(counts.filter(({ presetId }) => presetId === preset.id));
      views.push({
        organization: template.organization,
        template: template.name,
        preset,
        desired: desiredAt(preset, now),
        ready,
        nextChange: nextChange(preset, now),
      });
    }
  }
  return views;
}

const sum = (counts: readonly WorkspaceCount[]): number => counts.reduce((all, { count }) => all + count, 0);

const OTHERS_MS = 250;

/** Drains the pool, then removes the template; people's workspaces are never touched (spec 3, `delete`). */
async function deleteTemplate(context: Context, name: string, options: RunOptions): Promise<{ deletedPrebuilds: number }> {
  const { store } = context;
  const template = await findTemplate(store, name);
  const own = (await store.listWorkspaces({ templateId: template.id })).filter((workspace) => !isPrebuild(workspace));
  if (own.length > 0) {
    const names = own.slice(0, 5).map((workspace) => `${workspace.ownerName}/${workspace.name}`);
    throw new ConflictError(
      'template_in_use',
      `${String(own.length)} workspaces of template ${name} belong to people: ${names.join(', ')}`,
      {
        hint: 'delete them first, or deprecate the template with `prebuilds template deprecate`',
      },
    );
  }
  const actor = await actorOf(context);
  await store.markTemplateDeleting(template.id, actor);
  const only = (snapshot: PoolSnapshot): boolean => snapshot.pool.templateId === template.id;
  const counts = await withAgents(context, (deps) => reconcile(deps, { ...driveOptions(context, options), only }));
  await untilOthersAreDone(context, template.id, options);
  const extra = await deleteRest(context, template.id, options);
  if (!(await store.finishTemplateDelete(template.id, actor))) {
    throw new ConflictError('template_in_use', `template ${name} still has workspaces that could not be deleted`, {
      hint: `see \`prebuilds list --search template:${name}\`, then run it again`,
    });
  }
  return { deletedPrebuilds: counts.deleted + extra };
}

/** Another process, such as a server, may be deleting some of them just now. */
async function untilOthersAreDone({ store, clock }: Context, templateId: string, { signal }: RunOptions): Promise<void> {
  for (const { id } of await store.listWorkspaces({ templateId })) {
    for (;;) {
      const build = await store.liveBuild(id);
      if (build === undefined || isAbandoned(build) || signal?.aborted === true) break;
      await clock.sleep(OTHERS_MS, signal);
    }
  }
}

/** What reconcile leaves alone on purpose: held and stopped prebuilds, and everything while reconciling is paused. */
async function deleteRest(context: Context, templateId: string, options: RunOptions): Promise<number> {
  let deleted = 0;
  for (const workspace of await context.store.listWorkspaces({ templateId })) {
    if (await destroyNow(context, workspace, 'its template is deleted', options)) deleted += 1;
  }
  return deleted;
}
