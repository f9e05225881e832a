import { describe, expect, it } from 'vitest';
import { createFacts, type Effect, type TypeFacts, type Unset } from '../../../../src/lint/facts/facts.ts';
import shipped from '../../../../src/lint/facts/forcenew.json' with { type: 'json' };
import { string } from '../../../../src/lint/value.ts';

const ACME: TypeFacts = {
  sdk: 'framework',
  force_new: ['name', 'disk.size', 'labels.key', 'zone'],
  force_new_block_count: ['nic'],
  conditional: [
    'image, flavor: only for another family',
    'disk.type: when it shrinks',
    'nic is read anew: sometimes',
    'net.*: mostly',
  ],
  update_in_place: ['tags'],
  disruptive_in_place: ['boot: restarts', 'spec.template.* (any change): rolls', 'shape, cores: stops it'],
  recomputed: ['stamp'],
  constant: ['note'],
  kept: ['address'],
  derived_from: 'seed',
  sets: ['labels'],
  when_true: { zone: 'zone_replaces' },
};

const facts = createFacts({ acme_machine: ACME, docker_volume: { force_new: ['driver'] } });
const never = (): boolean => false;
const always = (): boolean => true;

const replace = (path: string): Effect => ({ kind: 'replace', path });
const maybe = (path: string, condition: string): Effect => ({ kind: 'maybe', path, condition });
const disruptive = (why: string): Effect => ({ kind: 'disruptive', why });
const inPlace: Effect = { kind: 'in-place' };

describe('what a difference of a value does', () => {
  it.each<readonly [path: string, effect: Effect]>([
    ['name', replace('name')],
    ['name.key', replace('name')],
    ['names', inPlace],
    ['disk', inPlace],
    ['disk.size', replace('disk.size')],
    ['disk.sizes', inPlace],
    ['disk.size.unit', replace('disk.size')],
    ['labels.key', replace('labels')],
    ['tags', inPlace],
    ['what.ever', inPlace],
    ['image', maybe('image', 'image, flavor: only for another family')],
    ['flavor.id', maybe('flavor', 'image, flavor: only for another family')],
    ['disk.type', maybe('disk.type', 'disk.type: when it shrinks')],
    ['net.address', maybe('net', 'net.*: mostly')],
    ['nic', inPlace],
    ['boot', disruptive('boot: restarts')],
    ['booted', inPlace],
    ['spec.template', disruptive('spec.template.* (any change): rolls')],
    ['spec.template.labels.x', disruptive('spec.template.* (any change): rolls')],
    ['spec.templates', inPlace],
    ['cores', disruptive('shape, cores: stops it')],
  ])('at %s', (path, effect) => {
    expect(facts.effect('acme_machine', path, 'value', never)).toEqual(effect);
  });

  it('may depend on a switch', () => {
    const asked: string[] = [];
    const isTrue = (name: string): boolean => asked.push(name) > 0;
    expect(facts.effect('acme_machine', 'zone', 'value', isTrue)).toEqual(replace('zone'));
    expect(asked).toEqual(['zone_replaces']);
    expect(facts.effect('acme_machine', 'zone', 'value', never)).toEqual(inPlace);
  });
});

describe('what another number of blocks does', () => {
  it.each<readonly [path: string, effect: Effect]>([
    ['nic', replace('nic')],
    ['disk', replace('disk')],
    ['labels', replace('labels')],
    ['tags', inPlace],
    ['boot', disruptive('boot: restarts')],
  ])('of %s', (path, effect) => {
    expect(facts.effect('acme_machine', path, 'count', never)).toEqual(effect);
  });
});

describe('types', () => {
  it.each([
    ['acme_machine', true],
    ['docker_container', true],
    ['coder_agent', true],
    ['coder_anything', true],
    ['other_machine', false],
    ['toString', false],
  ])('%s is known: %j', (type, known) => {
    expect(facts.has(type)).toBe(known);
  });

  it('that are not known change in place, but for those of coder', () => {
    expect(facts.effect('other_machine', 'name', 'value', always)).toEqual(inPlace);
    expect(facts.effect('coder_anything', 'name', 'value', always)).toEqual(replace('name'));
  });

  it('of a configuration stand for those of the table', () => {
    expect(facts.effect('docker_volume', 'name', 'value', never)).toEqual(inPlace);
    expect(createFacts().effect('docker_volume', 'name', 'value', never)).toEqual(replace('name'));
  });

  it.each([
    ['acme_machine', true],
    ['terraform_data', true],
    ['time_static', true],
    ['docker_container', false],
    ['other_machine', false],
  ])('%s forgets what is left out when it is updated: %j', (type, forgets) => {
    expect(facts.forgetsOnUpdate(type)).toBe(forgets);
  });

  it.each([
    ['acme_machine', ['stamp']],
    ['time_static', ['rfc3339']],
    ['docker_container', []],
    ['other_machine', []],
  ])('%s computes anew %j', (type, names) => {
    expect(facts.recomputed(type)).toEqual(names);
  });
});

describe('what becomes of an attribute that is left out', () => {
  it.each<readonly [type: string, name: string, configured: readonly string[], unset: Unset | undefined]>([
    ['acme_machine', 'note', [], 'constant'],
    ['acme_machine', 'address', [], 'kept'],
    ['acme_machine', 'id', [], 'kept'],
    ['acme_machine', 'other', [], undefined],
    ['acme_machine', 'other', ['seed'], { from: 'seed' }],
    ['acme_machine', 'id', ['seed'], { from: 'seed' }],
    ['acme_machine', 'note', ['seed'], 'constant'],
    ['other_machine', 'id', [], 'kept'],
    ['other_machine', 'name', [], undefined],
    ['coder_agent', 'dir', [], 'constant'],
    ['coder_agent', 'id', [], undefined],
    ['coder_agent', 'token', [], undefined],
    ['coder_agent', 'init_script', [], undefined],
  ])('%s.%s beside %j', (type, name, configured, unset) => {
    expect(facts.unset(type, name, new Map(configured.map((one) => [one, string('x')])))).toEqual(unset);
  });
});

describe('the table', () => {
  const table = createFacts();
  const types = Object.values(shipped.providers).flatMap((one) => Object.entries(one as Readonly<Record<string, TypeFacts>>));

  it('has each type once', () => {
    expect(types.length).toBeGreaterThan(60);
    expect(new Set(types.map(([type]) => type)).size).toBe(types.length);
  });

  /** L 2.10 and 2.12: facts that are easily misread. */
  it.each<readonly [type: string, path: string, kind: 'value' | 'count', effect: Effect['kind']]>([
    ['docker_container', 'env', 'value', 'replace'],
    ['docker_container', 'mounts', 'count', 'replace'],
    ['docker_container', 'mounts.source', 'value', 'in-place'],
    ['docker_container', 'labels.value', 'value', 'replace'],
    ['docker_container', 'memory', 'value', 'in-place'],
    ['docker_volume', 'name', 'value', 'replace'],
    ['kubernetes_deployment', 'metadata.name', 'value', 'replace'],
    ['kubernetes_deployment', 'metadata.labels', 'value', 'in-place'],
    ['kubernetes_deployment', 'spec.template.metadata.labels', 'value', 'disruptive'],
    ['kubernetes_deployment', 'spec.selector.match_labels', 'value', 'replace'],
    ['kubernetes_persistent_volume_claim', 'spec.resources.requests', 'value', 'maybe'],
    ['aws_instance', 'ami', 'value', 'replace'],
    ['aws_instance', 'tags', 'value', 'in-place'],
    ['aws_instance', 'user_data', 'value', 'disruptive'],
    ['aws_instance', 'instance_type', 'value', 'maybe'],
    ['terraform_data', 'triggers_replace', 'value', 'replace'],
    ['terraform_data', 'input', 'value', 'in-place'],
    ['coder_agent', 'env', 'value', 'replace'],
    ['coder_agent', 'metadata', 'count', 'replace'],
  ])('%s: %s (%s) is %s', (type, path, kind, effect) => {
    expect(table.effect(type, path, kind, never).kind).toBe(effect);
  });

  it.each(types)('names attributes of %s by dotted paths', (_type, one) => {
    const { force_new = [], force_new_block_count = [], update_in_place = [], when_true = {}, sets = [] } = one;
    const { recomputed = [], constant = [], kept = [], derived_from } = one;
    const flags = Object.entries(when_true).flat();
    const names = [
      ...force_new,
      ...force_new_block_count,
      ...update_in_place,
      ...flags,
      ...sets,
      ...recomputed,
      ...constant,
      ...kept,
    ];
    for (const name of [...names, ...(derived_from === undefined ? [] : [derived_from])]) expect(name).toMatch(/^\w+(\.\w+)*$/);
  });

  it.each(types)('does not say two things of one path of %s', (type, { force_new = [], update_in_place = [] }) => {
    expect(update_in_place.filter((path) => force_new.includes(path))).toEqual([]);
    for (const path of update_in_place) expect(table.effect(type, path, 'value', never).kind, path).not.toBe('replace');
  });
});
