import { nextChange, desiredAt } from '../domain/schedule.ts';
import { isPrebuild } from '../domain/types.ts';
import { ConflictError, UserError } from '../kit/errors.ts';
import { driveBuild } from '../workspace/drive.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import { reconcile } from '../pool/reconcile.ts';
import type { PresetView, RunOptions, TemplateApi } from './api.ts';
import { actorOf, type Context } from './context.ts';
import { findTemplate } from './names.ts';
import { driveOptions } from './pools.ts';

/** The template author's side. */
export function createTemplateApi(context: Context): TemplateApi {
  const { store } = context;
  return {
    // The parser and the evaluation are for pushes alone; a claim must not load them.
    push: async (input) => (await import('./push.ts')).pushByWords(context, input),
    list: async () => {
      const workspaces = await store.listWorkspaces();
      return Promise.all(
        (await store.listTemplates()).map(async (template) => {
          const mine = workspaces.filter((workspace) => workspace.templateId === template.id);
          const active = template.activeVersionId === undefined ? undefined : await store.getVersion(template.activeVersionId);
          return { template, active, workspaces: mine.length, prebuilds: mine.filter(isPrebuild).length };
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

async function shownVersion(context: Context, template: { id: string; name: string; activeVersionId: string | undefined }) {
  const id = template.activeVersionId ?? (await context.store.listVersions(template.id)).at(-1)?.id;
  if (id === undefined) throw new UserError('no_version', `template ${template.name} has no version`, { hint: 'push one' });
  return context.store.getVersion(id);
}

async function presetViews(context: Context, name: string | undefined): Promise<readonly PresetView[]> {
  const { store, clock } = context;
  if (name !== undefined) await findTemplate(store, name);
  const now = clock.now();
  const workspaces = await store.listWorkspaces();
  const views: PresetView[] = [];
  for (const template of await store.listTemplates()) {
    if (template.activeVersionId === undefined || (name !== undefined && template.name.toLowerCase() !== name.toLowerCase()))
      continue;
    for (const preset of await store.versionPresets(template.activeVersionId)) {
      const ready = workspaces.filter((one) => one.presetId === preset.id && isPrebuild(one) && one.phase === 'ready').length;
      views.push({
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
  const counts = await reconcile(context.pool, {
    ...driveOptions(context, options),
    only: (snapshot) => snapshot.pool.templateId === template.id,
  });
  const extra = await deleteRest(context, template.id, options);
  if (!(await store.finishTemplateDelete(template.id, actor))) {
    throw new ConflictError('template_in_use', `template ${name} still has workspaces that could not be deleted`, {
      hint: `see \`prebuilds list --search template:${name}\`, then run it again`,
    });
  }
  return { deletedPrebuilds: counts.deleted + extra };
}

/** What reconcile leaves alone on purpose: held and stopped prebuilds, and everything while reconciling is paused. */
async function deleteRest(context: Context, templateId: string, options: RunOptions): Promise<number> {
  const { store, config, pool } = context;
  let deleted = 0;
  for (const workspace of await store.listWorkspaces({ templateId })) {
    const live = await store.liveBuild(workspace.id);
    if (live !== undefined && isAbandoned(live)) await repairBuild(pool, live, driveOptions(context, options));
    const queued = await store.queueBuild({
      workspaceId: workspace.id,
      transition: 'delete',
      stage: 'none',
      reason: 'its template is deleted',
      initiator: await actorOf(context),
      requireOwnerId: workspace.ownerId,
      accessUrl: config.accessUrl,
    });
    if (queued === undefined) continue;
    const end = await driveBuild(pool, queued.build, driveOptions(context, options));
    if (end.state === 'succeeded') deleted += 1;
  }
  return deleted;
}
