import { z } from 'zod';
import { assignment, flag, named, nothing, optionalText, text, whole } from '../inputs.ts';
import { route, type Routes } from '../route.ts';
import { presetView, pushReport, templateDetail, templateRow, version } from '../shapes/templates.ts';
import { count, done, list } from '../shapes/words.ts';
import { withUpload } from '../uploads.ts';

const file = z.object({ path: z.string().min(1).max(4096), data: z.base64(), executable: flag });

const push = z.object({
  name: text,
  files: z.array(file).min(1).max(20_000).meta({ description: 'the folder: paths below it, contents in base64' }),
  variables: z
    .array(z.union([z.strictObject({ value: assignment }), z.strictObject({ file: text, data: z.base64() })]))
    .max(200)
    .default([])
    .meta({ description: 'values NAME=VALUE, and files of values with their names and contents in base64; the later wins' }),
  message: optionalText,
  activate: flag,
  static: flag,
});

export const templateRoutes = {
  'templates.list': route({
    summary: 'Templates with their active versions and how many workspaces they have',
    input: nothing,
    answer: list(templateRow),
    ask: (app) => app.templates.list(),
  }),
  'templates.push': route({
    summary: 'Store a folder as a version of a template, check it, and make it active',
    input: push,
    answer: pushReport,
    live: 'may',
    ask: (app, { files, variables, ...rest }, live) =>
      withUpload(files, variables, (dir, sources) =>
        app.templates.push({ ...rest, dir, variables: sources, signal: live.signal, onProgress: live.onStep }),
      ),
  }),
  'templates.show': route({
    summary: 'A template with the parameters and presets of its active version',
    input: named,
    answer: templateDetail,
    ask: (app, { name }) => app.templates.show(name),
  }),
  'templates.versions': route({
    summary: 'Versions of a template',
    input: named,
    answer: list(version),
    ask: (app, { name }) => app.templates.versions(name),
  }),
  'templates.promote': route({
    summary: 'Make a version active; also rolls back',
    input: named.extend({ number: whole(1) }),
    answer: version,
    ask: (app, { name, number }) => app.templates.promote(name, number),
  }),
  'templates.deprecate': route({
    summary: 'Deprecate a template, or undo it',
    input: named.extend({ deprecated: flag }),
    answer: done,
    ask: async (app, { name, deprecated }) => {
      await app.templates.deprecate(name, deprecated);
      return null;
    },
  }),
  'templates.delete': route({
    summary: 'Empty the pools of a template and delete it',
    input: named,
    answer: z.object({ deletedPrebuilds: count }).readonly(),
    live: 'may',
    ask: (app, { name }, { signal, onProgress }) => app.templates.delete(name, { signal, onProgress }),
  }),
  'templates.presets': route({
    summary: 'Presets with their sizes now and next',
    input: z.object({ template: optionalText }),
    answer: list(presetView),
    ask: (app, { template }) => app.templates.presets(template),
  }),
} satisfies Routes;
