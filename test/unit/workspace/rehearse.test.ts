import { describe, expect, it } from 'vitest';
import { mayRehearse } from '../../../src/workspace/rehearse.ts';

describe('which templates are rehearsed', () => {
  it.each([
    [['coder_workspace', 'coder_parameter', 'docker_registry_image'], true],
    [[], true],
    [['coder_workspace', 'external'], false],
    [['archive_file'], false],
    [undefined, false],
  ])('data sources %j: %s', (dataSources, expected) => {
    expect(mayRehearse({ dataSources })).toBe(expected);
  });
});
